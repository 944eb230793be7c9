// SPDX-License-Identifier: Apache-2.0
//
// What must not compile, and the message that says why. Without a case it compiles, and without
// a warning.
//
// EXPECT narrowed_item: item_for_argument<1, double, int>
// EXPECT signed_to_unsigned: item_for_argument<1, long
// EXPECT wide_integer_to_f64: item_for_argument<1, long
// EXPECT wrong_arity: items_for_arguments<double, double, double>
// EXPECT text_for_number: item_for_argument<1, std::
// EXPECT other_elements: item_for_argument<1, std::vector<float>, std::span<const double>
// EXPECT second_of_two: item_for_argument<2, bool, double>
// EXPECT generic_callable: forkmap: this callable has no one signature
// EXPECT callable_of_other: forkmap: this callable cannot be called with the arguments
// EXPECT text_into_array: forkmap: map_into works on arrays of numbers and bool
// EXPECT array_of_text: forkmap: an array is made of bool, integers
#include <forkmap/forkmap.hpp>

[[maybe_unused]] static void use(const forkmap::Registry& registry,
                                 const forkmap::Function<std::int32_t(std::int32_t)>& narrow,
                                 const forkmap::Function<std::uint64_t(std::uint64_t)>& natural,
                                 const forkmap::Function<double(double, double)>& area,
                                 const forkmap::Function<double(double)>& root,
                                 const forkmap::Function<double(std::span<const double>)>& mean,
                                 const forkmap::Function<std::string(std::string_view)>& shout) {
  forkmap::Pool pool(registry, {.workers = 2});
  const std::vector<std::int64_t> wide{1};
  [[maybe_unused]] std::vector<std::string> texts{"a"};
#if !defined(ONE_CASE)
  (void)pool.map(narrow, std::vector<short>{1}, {.chunk = 3}).collect();
  (void)pool.map(natural, {1, 2}).collect();
  (void)pool.map(area, {{1, 2}}).collect();
  (void)pool.map(mean, {{1, 2}, {}}, {.retries = 2}).collect();
  (void)pool.map(shout, {"a"}).collect();
#endif
  (void)root;
#if defined(CASE_narrowed_item)
  (void)pool.map(narrow, std::vector<double>{1});
#elif defined(CASE_signed_to_unsigned)
  (void)pool.map(natural, wide);
#elif defined(CASE_wide_integer_to_f64)
  (void)pool.map(root, wide);
#elif defined(CASE_wrong_arity)
  (void)pool.map(area, std::vector<double>{1});
#elif defined(CASE_text_for_number)
  (void)pool.map(root, texts);
#elif defined(CASE_other_elements)
  (void)pool.map(mean, std::vector<std::vector<float>>{});
#elif defined(CASE_second_of_two)
  (void)pool.map(area, std::vector<std::tuple<double, bool>>{});
#elif defined(CASE_generic_callable)
  forkmap::Registry own;
  (void)own.add("generic", [](auto x) { return x; });
#elif defined(CASE_callable_of_other)
  forkmap::Registry own;
  (void)own.add<long(long)>("other", [](const std::string& x) { return x.size(); });
#elif defined(CASE_text_into_array)
  (void)pool.map_into(texts, shout, std::span<const std::string_view>());
#elif defined(CASE_array_of_text)
  (void)pool.array<std::string>(3);
#endif
}
