// SPDX-License-Identifier: Apache-2.0
// [plugin]
#include <cmath>
#include <forkmap/plugin.hpp>

FORKMAP_PLUGIN("roots", "1.0",
               forkmap::function<double(double), ::cbrt>("cbrt", "Return the cube root."))
// [plugin end]
