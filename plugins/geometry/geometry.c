/* SPDX-License-Identifier: Apache-2.0
 *
 * geometry: a plugin in C99. Its functions are called once an item; they return 0, or the result of
 * forkmap_fail() or forkmap_return_bytes().
 */
#include <math.h>

#include <forkmap/plugin.h>

static int hypotenuse(forkmap_call* call) {
  const double x = forkmap_arg_f64(call, 0);
  const double y = forkmap_arg_f64(call, 1);
  if (x < 0 || y < 0) return forkmap_fail(call, "a side must not be negative");
  forkmap_return_f64(call, 0, sqrt(x * x + y * y));
  return 0;
}

/* Heron's formula. */
static int triangle_area(forkmap_call* call) {
  const double a = forkmap_arg_f64(call, 0);
  const double b = forkmap_arg_f64(call, 1);
  const double c = forkmap_arg_f64(call, 2);
  const double s = (a + b + c) / 2;
  const double square = s * (s - a) * (s - b) * (s - c);
  if (a < 0 || b < 0 || c < 0 || !(square >= 0)) {
    return forkmap_fail(call, "these are not the sides of a triangle");
  }
  forkmap_return_f64(call, 0, sqrt(square));
  return 0;
}

/* Shoelace formula; the corners' x and y as two arrays of one length. */
static int polygon_area(forkmap_call* call) {
  uint64_t x_bytes = 0;
  uint64_t y_bytes = 0;
  const double* x = forkmap_arg_bytes(call, 0, &x_bytes);
  const double* y = forkmap_arg_bytes(call, 1, &y_bytes);
  const uint64_t count = x_bytes / sizeof(double);
  double twice = 0;
  if (x_bytes != y_bytes) return forkmap_fail(call, "there must be as many x as y");
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t next = i + 1 == count ? 0 : i + 1;
    twice += x[i] * y[next] - x[next] * y[i];
  }
  forkmap_return_f64(call, 0, fabs(twice) / 2);
  return 0;
}

/* The compass point that a direction in degrees is nearest to. */
static int compass(forkmap_call* call) {
  static const char* const points[] = {"N", "NE", "E", "SE", "S", "SW", "W", "NW"};
  const double degrees = forkmap_arg_f64(call, 0);
  if (!isfinite(degrees)) return forkmap_fail(call, "a direction must be finite");
  const char* point = points[(int)floor(fmod(fmod(degrees, 360) + 382.5, 360) / 45) % 8];
  return forkmap_return_bytes(call, 0, point, strlen(point));
}

FORKMAP_PLUGIN_C("geometry", "1.0",
                 FORKMAP_FUNCTION_C("hypot", "(f64, f64) -> f64", hypotenuse,
                                    "Return the hypotenuse."),
                 FORKMAP_FUNCTION_C("triangle_area", "(f64, f64, f64) -> f64", triangle_area,
                                    "Return the area of a triangle from its sides."),
                 FORKMAP_FUNCTION_C("polygon_area", "(f64[], f64[]) -> f64", polygon_area,
                                    "Return the area of a polygon from its corners."),
                 FORKMAP_FUNCTION_C("compass", "(f64) -> str", compass,
                                    "Return the compass point nearest to a direction in degrees."))
