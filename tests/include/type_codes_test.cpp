// SPDX-License-Identifier: Apache-2.0
#include <forkmap/types.hpp>

#include <list>

#include "core/types/signature.hpp"
#include "tests/catch.hpp"

using namespace forkmap;

TEST_CASE("integers are mapped by width and sign") {
  CHECK(type_code<signed char> == FORKMAP_I8);
  CHECK(type_code<unsigned char> == FORKMAP_U8);
  CHECK(type_code<short> == FORKMAP_I16);
  CHECK(type_code<unsigned short> == FORKMAP_U16);
  CHECK(type_code<int> == FORKMAP_I32);
  CHECK(type_code<unsigned> == FORKMAP_U32);
  CHECK(type_code<long> == FORKMAP_I64);
  CHECK(type_code<long long> == FORKMAP_I64);
  CHECK(type_code<std::size_t> == FORKMAP_U64);
  CHECK(type_code<unsigned long long> == FORKMAP_U64);
}

TEST_CASE("the other types have their codes") {
  CHECK(type_code<bool> == FORKMAP_BOOL);
  CHECK(type_code<float> == FORKMAP_F32);
  CHECK(type_code<double> == FORKMAP_F64);
  CHECK(type_code<std::string> == FORKMAP_STR);
  CHECK(type_code<std::string_view> == FORKMAP_STR);
  CHECK(type_code<std::vector<std::byte>> == FORKMAP_BYTES);
  CHECK(type_code<std::span<const std::byte>> == FORKMAP_BYTES);
  CHECK(type_code<std::span<const double>> == (FORKMAP_ARRAY | FORKMAP_F64));
  CHECK(type_code<std::vector<std::int16_t>> == (FORKMAP_ARRAY | FORKMAP_I16));
}

TEST_CASE("what has no forkmap type is not supported") {
  CHECK_FALSE(Supported<char>);
  CHECK_FALSE(Supported<wchar_t>);
  CHECK_FALSE(Supported<char8_t>);
  CHECK_FALSE(Supported<long double>);
  CHECK_FALSE(Supported<const char*>);
  CHECK_FALSE(Supported<std::vector<bool>>);
  CHECK_FALSE(Supported<std::vector<std::string>>);
  CHECK_FALSE(Supported<std::span<double>>);
  CHECK_FALSE(Supported<std::list<double>>);
  CHECK_FALSE(SupportedParameter<double&>);
  CHECK_FALSE(SupportedResult<std::tuple<double, const char*>>);
  CHECK(SupportedParameter<const std::vector<double>&>);
  CHECK(SupportedParameter<std::string&&>);
  CHECK(SupportedResult<std::tuple<double, std::string>>);
}

TEST_CASE("each type has a view and an owning form") {
  CHECK(std::same_as<View<std::string>, std::string_view>);
  CHECK(std::same_as<Owning<std::string_view>, std::string>);
  CHECK(std::same_as<View<std::vector<float>>, std::span<const float>>);
  CHECK(std::same_as<Owning<std::span<const std::byte>>, std::vector<std::byte>>);
  CHECK(std::same_as<Owning<int>, int>);
  CHECK(std::same_as<ResultOf<std::tuple<std::string_view, int>>, std::tuple<std::string, int>>);
  CHECK(std::same_as<ResultOf<void>, void>);
}

TEST_CASE("is_variable says what the host says") {
  CHECK(is_variable<std::string> == types::Type{FORKMAP_STR}.is_variable());
  CHECK(is_variable<std::vector<int>> == types::Type{FORKMAP_ARRAY | FORKMAP_I32}.is_variable());
  CHECK(is_variable<double> == types::Type{FORKMAP_F64}.is_variable());
}
