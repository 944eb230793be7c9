// SPDX-License-Identifier: Apache-2.0
//
// What must not compile, and the message that says why. Without a case it compiles, and without
// a warning.
//
// EXPECT narrowed_item: forkmap: these items do not convert
// EXPECT signed_to_unsigned: forkmap: these items do not convert
// EXPECT wide_integer_to_f64: forkmap: these items do not convert
// EXPECT wrong_arity: forkmap: these items do not convert
// EXPECT text_for_number: forkmap: these items do not convert
// EXPECT other_elements: forkmap: these items do not convert
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
  (void)pool.map(narrow, std::vector<short>{1}, {.chunk = 3}).collect();
  (void)pool.map(natural, {1, 2}).collect();
  (void)pool.map(area, {{1, 2}}).collect();
  (void)pool.map(mean, {{1, 2}, {}}, {.retries = 2}).collect();
  (void)pool.map(shout, {"a"}).collect();
  (void)root;
#if defined(CASE_narrowed_item)
  (void)pool.map(narrow, wide);
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
#elif defined(CASE_text_into_array)
  (void)pool.map_into(texts, shout, std::span<const std::string_view>());
#elif defined(CASE_array_of_text)
  (void)pool.array<std::string>(3);
#endif
}
