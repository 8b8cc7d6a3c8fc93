# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

"""Runs what the Conan recipe does before it builds, without Conan: conan.py RECIPE SOURCES

Copies the exported sources to SOURCES, and prints the CMake options that the recipe chooses.
"""

import fnmatch
import os
import shutil
import sys
import types


def stub(name, **attributes):
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


class Base:
    pass


class Toolchain:
    cache_variables = {}

    def __init__(self, recipe):
        pass

    def generate(self):
        pass


def copy(recipe, pattern, source, target):
    found = False
    for folder, folders, names in os.walk(source):
        folders[:] = [each for each in folders if each not in (".git", "build")]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), source)
            if fnmatch.fnmatch(path, pattern):
                found = True
                os.makedirs(os.path.dirname(os.path.join(target, path)), exist_ok=True)
                shutil.copy(os.path.join(source, path), os.path.join(target, path))
    assert found, f"nothing matches {pattern}"


def load(recipe, path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Options(dict):
    __getattr__ = dict.__getitem__
    get_safe = dict.get


stub("conan", ConanFile=Base)
stub("conan.errors", ConanInvalidConfiguration=Exception)
stub("conan.tools")
stub("conan.tools.build", check_min_cppstd=None)
stub("conan.tools.cmake", CMake=None, CMakeDeps=Toolchain, CMakeToolchain=Toolchain,
     cmake_layout=None)
stub("conan.tools.files", copy=copy, load=load, rmdir=None)

recipe_path, sources = sys.argv[1:]
namespace = {}
exec(compile(load(None, recipe_path), recipe_path, "exec"), namespace)
recipe = namespace["AsiofileConan"]()
recipe.recipe_folder = os.path.dirname(os.path.abspath(recipe_path))
recipe.export_sources_folder = sources
assert set(recipe.options) == set(recipe.default_options)
recipe.options = Options({**recipe.default_options, "with_tools": True})
recipe.set_version()
recipe.export_sources()
recipe.generate()
for name, value in Toolchain.cache_variables.items():
    print(f"-D{name}={'ON' if value else 'OFF'}")
