// Boost.JSON compiled into the program: it need not be installed beyond its headers.

#include <boost/json/src.hpp>
