// SPDX-License-Identifier: Apache-2.0
// [plugin]
#include <cmath>
#include <forkmap/plugin.hpp>
#include <stdexcept>

// Watts on a square metre, at a distance in astronomical units.
static void irradiance(std::span<const double> distance, std::span<double> watts) {
  bool is_good = true;
  for (std::size_t i = 0; i < distance.size(); ++i) {
    is_good &= distance[i] > 0;
    watts[i] = 1361.0 / (distance[i] * distance[i]);
  }
  if (!is_good) throw std::domain_error("the distance must be above 0");
}

static void describe(std::span<const double> distance, forkmap::ColumnWriter<std::string> out) {
  for (const double d : distance) out.append(d < 1 ? "nearer than the earth" : "farther out");
}

FORKMAP_PLUGIN("sunlight", "1.0",
               forkmap::vectorized<irradiance>("irradiance", "The sun's power at a distance."),
               forkmap::vectorized<describe>("describe", "Say where that is."))
// [plugin end]
