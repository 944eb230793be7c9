// SPDX-License-Identifier: Apache-2.0
#include <forkmap/signature_of.hpp>

#include "core/types/signature.hpp"
#include "tests/catch.hpp"

using namespace forkmap;

namespace {

double plain(double x) { return x; }
int quiet(int x, bool) noexcept { return x; }
std::string shout(const std::string& text) { return text + "!"; }

struct Functor {
  double operator()(std::span<const float> values) const { return values.empty() ? 0 : 1; }
};

}  // namespace

TEST_CASE("the text of a signature") {
  CHECK(signature_text<std::int64_t(std::int64_t)>() == "(i64) -> i64");
  CHECK(signature_text<std::tuple<double, long>(double, long)>() == "(f64, i64) -> (f64, i64)");
  CHECK(signature_text<void(bool)>() == "(bool) -> ()");
  CHECK(signature_text<std::tuple<>(bool)>() == "(bool) -> ()");
  CHECK(signature_text<std::tuple<float>(std::uint8_t)>() == "(u8) -> f32");
  CHECK(signature_text<std::string(std::span<const std::byte>, const std::vector<int>&)>() ==
        "(bytes, i32[]) -> str");
  CHECK(signature_array<void(bool)>.back() == '\0');
}

TEST_CASE("the host reads back what the compiler wrote") {
  using Everything = std::tuple<bool, float, std::string, std::vector<std::byte>>(
      std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
      std::uint32_t, std::uint64_t, std::span<const double>, std::span<const std::uint16_t>);
  const types::Signature parsed = types::parse_signature(signature_text<Everything>());
  CHECK(types::to_text(parsed) == signature_text<Everything>());
  REQUIRE(parsed.arguments.size() == argument_codes<Everything>.size());
  for (std::size_t i = 0; i < parsed.arguments.size(); ++i) {
    CHECK(parsed.arguments[i].code == argument_codes<Everything>[i]);
  }
  REQUIRE(parsed.results.size() == result_codes<Everything>.size());
  for (std::size_t i = 0; i < parsed.results.size(); ++i) {
    CHECK(parsed.results[i].code == result_codes<Everything>[i]);
  }
}

TEST_CASE("the signature of a callable has views in and owning types out") {
  const auto lambda = [](std::string_view text, int) noexcept { return text; };
  auto growing = [n = 0](int x) mutable { return n += x; };
  CHECK(std::same_as<SignatureOf<decltype(plain)>, double(double)>);
  CHECK(std::same_as<SignatureOf<decltype(&plain)>, double(double)>);
  CHECK(std::same_as<SignatureOf<decltype(quiet)>, int(int, bool)>);
  CHECK(std::same_as<SignatureOf<decltype(&shout)>, std::string(std::string_view)>);
  CHECK(std::same_as<SignatureOf<Functor>, double(std::span<const float>)>);
  CHECK(std::same_as<SignatureOf<decltype(lambda)>, std::string(std::string_view, int)>);
  CHECK(std::same_as<SignatureOf<decltype(growing)>, int(int)>);
}

TEST_CASE("a signature has 1 to 16 arguments and at most 16 results") {
  CHECK_FALSE(SupportedSignature<double()>);
  CHECK(SupportedSignature<void(int, int, int, int, int, int, int, int, int, int, int, int, int,
                                int, int, int)>);
  CHECK_FALSE(SupportedSignature<void(int, int, int, int, int, int, int, int, int, int, int, int,
                                      int, int, int, int, int)>);
  CHECK_FALSE(SupportedSignature<double(double&)>);
}
