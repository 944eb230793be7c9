// SPDX-License-Identifier: Apache-2.0
//
// The entries of debug information, a unit at a time: DWARF 2 to 4 in an ELF file of 64 bits, as
// far as functions and their types need it. Nothing is believed: what lies outside of the file is
// an Error.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::host::dwarf {

// Numbers of the standard (DWARF 4, section 7), of which this reader needs a few.
enum Tag : std::uint64_t {
  kTagArray = 0x01,
  kTagClass = 0x02,
  kTagEnumeration = 0x04,
  kTagParameter = 0x05,
  kTagPointer = 0x0f,
  kTagReference = 0x10,
  kTagUnit = 0x11,
  kTagString = 0x12,
  kTagStructure = 0x13,
  kTagTypedef = 0x16,
  kTagUnspecifiedParameters = 0x18,
  kTagModule = 0x1e,
  kTagBase = 0x24,
  kTagConst = 0x26,
  kTagSubprogram = 0x2e,
  kTagTemplateType = 0x2f,
  kTagVolatile = 0x35,
  kTagRestrict = 0x37,
  kTagNamespace = 0x39,
  kTagRvalueReference = 0x42
};
enum Attribute : std::uint64_t {
  kLocation = 0x02,
  kName = 0x03,
  kByteSize = 0x0b,
  kStatements = 0x10,
  kLowPc = 0x11,
  kAbstractOrigin = 0x31,
  kArtificial = 0x34,
  kDeclarationFile = 0x3a,
  kDeclarationLine = 0x3b,
  kEncoding = 0x3e,
  kSpecification = 0x47,
  kType = 0x49,
  kLinkageName = 0x6e
};
enum Encoding : std::uint64_t {
  kBoolean = 0x02,
  kComplex = 0x03,
  kFloat = 0x04,
  kSigned = 0x05,
  kSignedCharacter = 0x06,
  kUnsigned = 0x07,
  kUnsignedCharacter = 0x08
};

constexpr char kDereference = 0x06;  // the last operation of a location

struct Value {
  std::uint64_t number = 0;
  std::string_view text = {};  // or the bytes of a block
};

struct Entry {
  std::uint64_t tag = 0;
  std::uint64_t parent = 0;  // its place; 0: the unit's own entry, or none
  std::map<std::uint64_t, Value> attributes = {};
  std::vector<std::uint64_t> children = {};

  [[nodiscard]] const Value* find(std::uint64_t attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::uint64_t number(std::uint64_t attribute) const {
    const Value* const value = find(attribute);
    return value == nullptr ? 0 : value->number;
  }
  [[nodiscard]] std::string text(std::uint64_t attribute) const {
    const Value* const value = find(attribute);
    return value == nullptr ? std::string() : std::string(value->text);
  }
};

class Units {
 public:
  // The file's bytes outlive it.
  explicit Units(std::string_view file);

  // Reads the next one, in place of the one before; false: there is none.
  [[nodiscard]] bool next();
  // Places of its entries, in their order; the unit's own is the first.
  [[nodiscard]] const std::vector<std::uint64_t>& order() const noexcept { return order_; }
  [[nodiscard]] const Entry& at(std::uint64_t place) const { return entries_.at(place); }
  // Null: there is none in this unit.
  [[nodiscard]] const Entry* find(std::uint64_t place) const;
  // The numbers by which its entries name this file. A file may have several.
  [[nodiscard]] std::vector<std::uint64_t> numbers_of_file(const std::string& source) const;

 private:
  struct Abbreviation;
  std::map<std::string, std::string_view> sections_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Entry> entries_;  // by their places in .debug_info
  std::vector<std::uint64_t> order_;

  [[nodiscard]] std::string_view section(const std::string& name) const;
  [[nodiscard]] std::map<std::uint64_t, Abbreviation> abbreviations(std::uint64_t offset) const;
};

}  // namespace forkmap::host::dwarf
