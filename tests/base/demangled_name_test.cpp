// SPDX-License-Identifier: Apache-2.0
#include "core/base/demangled_name.hpp"

#include <forkmap/mangled_name.hpp>
#include <string>
#include <string_view>

#include "tests/catch.hpp"

using forkmap::base::SymbolNames;
using forkmap::detail::expands_soon;

namespace {

// A reference to the part with this number of a mangled name.
std::string reference(int number) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text = "S";
  if (number > 36) text += kDigits[static_cast<std::size_t>((number - 1) / 36)];
  if (number > 0) text += kDigits[static_cast<std::size_t>((number - 1) % 36)];
  return text + "_";
}

// f(P<A, A>, P<P<A, A>, P<A, A> >, ...): each argument is twice as long as the one before.
std::string doubling_name(int arguments) {
  std::string name = "_Z1f1PI1A1AE";
  for (int each = 1; each < arguments; ++each) {
    name += "S_I" + reference(each + 1) + reference(each + 1) + "E";
  }
  return name;
}

}  // namespace

TEST_CASE("symbols of C++ are told as they stood in the source, others as they are") {
  SymbolNames names;
  CHECK(names.of("_Z5countRKSt6vectorIdSaIdEE") ==
        "count(std::vector<double, std::allocator<double> > const&)");
  for (const char* const name : {"f", "i", "main", "", "_Z", "_Z1", "_ZN3"}) {
    CHECK(names.of(name) == name);
  }
}

TEST_CASE("K9: a name that refers to itself often is expanded if that ends") {
  SymbolNames names;
  const std::string name = names.of(
      "_Z1fRSt3mapINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEES5_St4lessIS5_ESaISt4pairIKS"
      "5_S5_EEERS0_IS5_S5_S7_SaIS8_IS9_S5_EEESD_SD_SD_SD_SD_SD_SD_SD_SD_SD_SD_");
  CHECK(name.find("f(std::map<") == 0);
}

TEST_CASE("K9: names that expand without end stay as they are, and cost little together") {
  SymbolNames names;
  for (int each = 0; each < 40; ++each) {
    const std::string name = doubling_name(70 + each);
    CHECK(names.of(name) == name);
    CHECK(names.of(name) == name);
    CHECK_FALSE(expands_soon(name));
  }
}

TEST_CASE("K9: a text that is long is cut") {
  SymbolNames names;
  const std::string text = names.of(doubling_name(24));
  CHECK(text.size() <= 16384 + 3);
  CHECK(text.ends_with("..."));
  const std::string endless = "_Z" + std::string(1 << 20, '1');
  CHECK(names.of(endless) == endless);
}
