# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

"""Conan 2 recipe of asiofile. It lies in the sources that it packages:

    conan create packaging/conan
"""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class AsiofileConan(ConanFile):
    name = "asiofile"
    license = "BSL-1.0"
    description = "Asynchronous file I/O for Boost.Asio: io_uring, kernel AIO or threads"
    topics = ("asio", "file", "io-uring", "aio", "asynchronous")
    package_type = "library"
    settings = "os", "compiler", "build_type", "arch"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "with_liburing": [True, False],
        "with_libaio": [True, False],
        "with_testing": [True, False],
        "with_tools": [True, False],
    }
    default_options = {
        "shared": False,
        "fPIC": True,
        "with_liburing": True,
        "with_libaio": False,
        "with_testing": False,
        "with_tools": False,
    }
    implements = ["auto_shared_fpic"]

    @property
    def _project(self):
        return os.path.normpath(os.path.join(self.recipe_folder, "..", ".."))

    def set_version(self):
        header = load(self, os.path.join(self._project, "include", "asiofile", "version.hpp"))
        self.version = header.split('ASIOFILE_VERSION_STRING "')[1].split('"')[0]

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "tools/*",
                        "doc/man/*"):
            copy(self, pattern, self._project, self.export_sources_folder)

    def config_options(self):
        if self.settings.os != "Linux":
            del self.options.with_liburing
            del self.options.with_libaio

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os == "Windows":
            raise ConanInvalidConfiguration("asiofile runs on POSIX systems")

    def requirements(self):
        self.requires("boost/[>=1.81.0]", transitive_headers=True,
                      options={"header_only": True})
        if self.options.get_safe("with_liburing"):
            self.requires("liburing/[>=2.3]")
        if self.options.get_safe("with_libaio"):
            self.requires("libaio/0.3.113")

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["BUILD_TESTING"] = False
        toolchain.cache_variables["ASIOFILE_WITH_TESTING"] = bool(self.options.with_testing)
        toolchain.cache_variables["ASIOFILE_BUILD_TOOLS"] = bool(self.options.with_tools)
        for engine in ("liburing", "libaio"):
            chosen = bool(self.options.get_safe(f"with_{engine}"))
            toolchain.cache_variables[f"ASIOFILE_WITH_{engine.upper()}"] = chosen
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes these itself, for the packages that it has.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "asiofile")
        library = self.cpp_info.components["asiofile"]
        library.set_property("cmake_target_name", "asiofile::asiofile")
        library.set_property("pkg_config_name", "asiofile")
        library.libs = ["asiofile"]
        library.requires = ["boost::headers"]
        if self.options.shared:
            library.defines = ["ASIOFILE_SHARED"]
        for engine in ("liburing", "libaio"):
            if self.options.get_safe(f"with_{engine}"):
                library.requires.append(f"{engine}::{engine}")
        if self.settings.os in ("Linux", "FreeBSD"):
            library.system_libs = ["pthread"]
        if self.options.with_testing:
            testing = self.cpp_info.components["testing"]
            testing.set_property("cmake_target_name", "asiofile::testing")
            testing.set_property("pkg_config_name", "asiofile-testing")
            testing.libs = ["asiofile-testing"]
            testing.requires = ["asiofile"]
