#pragma once

/// \file
/// The version of the library's interface: major * 100000 + minor * 100 + patch.
#define ASIOFILE_VERSION 100
#define ASIOFILE_VERSION_STRING "0.1.0"
