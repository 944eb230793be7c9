// SPDX-License-Identifier: Apache-2.0
//
// What must not compile, and the message that says why.
//
// EXPECT unsupported_argument: argument<2, const std::map<int, int>
// EXPECT unsupported_result: result<const char*
// EXPECT reference_argument: argument<1, double&
// EXPECT no_argument: forkmap: a map function takes 1 to 16 arguments
// EXPECT lambda_with_capture: forkmap: a lambda in a plugin must not capture anything
// EXPECT two_preloads: forkmap: a plugin has at most one preload, one start and one stop hook
// EXPECT wrong_option: forkmap: the only option is forkmap::once
// EXPECT vector_result_first: forkmap: this function cannot be vectorized
// EXPECT vector_by_item: vector_parameter<1, double
// EXPECT vector_returns: forkmap: this function cannot be vectorized
#include <map>

#include <forkmap/plugin.hpp>

[[maybe_unused]] static double twice(double x) { return 2 * x; }
[[maybe_unused]] static double read_map(double x, const std::map<int, int>& values) {
  return x + static_cast<double>(values.size());
}
[[maybe_unused]] static const char* name_of(double) { return "x"; }
[[maybe_unused]] static void change(double& x) { x = 0; }
[[maybe_unused]] static double pi() { return 3.14; }
[[maybe_unused]] static void prepare() {}
[[maybe_unused]] static void result_first(std::span<double>, std::span<const double>) {}
[[maybe_unused]] static double by_item(double x) { return x; }
[[maybe_unused]] static int returns(std::span<const double>, std::span<double>) { return 0; }

#if defined(CASE_unsupported_argument)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function<read_map>("f", ""))
#elif defined(CASE_unsupported_result)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function<name_of>("f", ""))
#elif defined(CASE_reference_argument)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function<change>("f", ""))
#elif defined(CASE_no_argument)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function<pi>("f", ""))
#elif defined(CASE_lambda_with_capture)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function("f", [n = 2.0](double x) { return n * x; }, ""))
#elif defined(CASE_two_preloads)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::preload<prepare>(), forkmap::preload<prepare>())
#elif defined(CASE_wrong_option)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function<twice>("f", "", 1))
#elif defined(CASE_vector_result_first)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::vectorized<result_first>("f", ""))
#elif defined(CASE_vector_by_item)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::vectorized<by_item>("f", ""))
#elif defined(CASE_vector_returns)
FORKMAP_PLUGIN("rejected", "1.0", forkmap::vectorized<returns>("f", ""))
#else
FORKMAP_PLUGIN("rejected", "1.0", forkmap::function<twice>("f", "", forkmap::once),
               forkmap::preload<prepare>())
#endif
