// SPDX-License-Identifier: Apache-2.0
#include <forkmap/plugin.hpp>

static double fahrenheit(double celsius) { return celsius * 9 / 5 + 32; }

FORKMAP_PLUGIN("temperature", "1.0",
               forkmap::function<fahrenheit>("fahrenheit", "Convert degrees Celsius."))
