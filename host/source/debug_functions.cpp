// SPDX-License-Identifier: Apache-2.0
#include "host/source/debug_functions.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "host/io/file_content.hpp"
#include "host/source/debug_entries.hpp"

namespace forkmap::host {

namespace {

using namespace dwarf;

class DebugInformation {
 public:
  explicit DebugInformation(std::string_view file) : units_(file) {}

  std::vector<SourceFunction> functions(const std::string& source) {
    // By their lines: compilers write them in other orders.
    std::vector<std::pair<std::uint64_t, SourceFunction>> found;
    while (units_.next()) {
      const std::vector<std::uint64_t> files = units_.numbers_of_file(source);
      for (const std::uint64_t place : units_.order()) {
        const Entry& entry = units_.at(place);
        if (entry.tag != kTagSubprogram || entry.find(kLowPc) == nullptr) continue;
        const Entry& declared = origin_of(entry);
        if (std::ranges::find(files, declared.number(kDeclarationFile)) == files.end()) continue;
        if (declared.text(kName).empty()) continue;
        found.emplace_back(declared.number(kDeclarationLine), function_of(entry, declared));
      }
    }
    std::ranges::stable_sort(found, {}, [](const auto& one) { return one.first; });
    std::vector<SourceFunction> all;
    all.reserve(found.size());
    for (auto& one : found) all.push_back(std::move(one.second));
    return all;
  }

 private:
  Units units_;

  // What it was declared as.
  [[nodiscard]] const Entry& origin_of(const Entry& entry) const {
    const Entry* at = &entry;
    for (int step = 0; step < 4; ++step) {
      const Value* next = at->find(kAbstractOrigin);
      if (next == nullptr) next = at->find(kSpecification);
      const Entry* const origin = next == nullptr ? nullptr : units_.find(next->number);
      if (origin == nullptr) break;
      at = origin;
    }
    return *at;
  }

  [[nodiscard]] std::string scope_of(const Entry& entry) const {
    std::string scope;
    const Entry* at = entry.parent == 0 ? nullptr : units_.find(entry.parent);
    while (at != nullptr && at->tag != kTagUnit) {
      if (std::string name = at->text(kName); !name.empty()) {
        scope.insert(0, name.append("::"));
      }
      at = at->parent == 0 ? nullptr : units_.find(at->parent);
    }
    return scope;
  }

  [[nodiscard]] SourceFunction function_of(const Entry& entry, const Entry& declared) const {
    SourceFunction function;
    function.name = scope_of(declared) + declared.text(kName);
    function.symbol = entry.text(kLinkageName);
    if (function.symbol.empty()) function.symbol = declared.text(kLinkageName);
    if (function.symbol.empty()) function.symbol = declared.text(kName);
    function.result = type_of(declared.find(kType) != nullptr ? declared : entry);
    for (const std::uint64_t child : entry.children) {
      const Entry& parameter = units_.at(child);
      if (parameter.tag == kTagUnspecifiedParameters) function.is_variadic = true;
      if (parameter.tag != kTagParameter) continue;
      const Entry& said = origin_of(parameter);
      const Entry& typed = said.find(kType) != nullptr ? said : parameter;
      SourceArgument argument{said.text(kName), type_of(typed)};
      // Fortran's arguments have the types of what they refer to.
      const Value* const place = parameter.find(kLocation);
      if (place != nullptr && place->text.ends_with(kDereference)) refer(argument.type);
      // `this`, or the length of a text in Fortran.
      if (said.number(kArtificial) != 0 || parameter.number(kArtificial) != 0) {
        argument.type.kind = SourceType::Kind::other;
        if (argument.name == "this") argument.type.name = "an object";
      }
      function.arguments.push_back(std::move(argument));
    }
    return function;
  }

  [[nodiscard]] SourceType type_of(const Entry& entry, int depth = 0) const {
    const Value* const place = entry.find(kType);
    const Entry* const type = place == nullptr ? nullptr : units_.find(place->number);
    SourceType result;
    if (type == nullptr || depth > 16) {
      result.name = "void";
      return result;
    }
    using Kind = SourceType::Kind;
    result.kind = Kind::other;
    result.name = scope_of(*type) + type->text(kName);
    result.size_bytes = type->number(kByteSize);
    switch (type->tag) {
      case kTagTypedef:
      case kTagConst:
      case kTagVolatile:
      case kTagRestrict: {
        SourceType inner = type_of(*type, depth + 1);
        if (inner.kind == Kind::other && type->tag == kTagTypedef) inner.name = result.name;
        if (type->tag == kTagConst) inner.name = "const " + inner.name;
        return inner;
      }
      case kTagBase:
        note_base(type->number(kEncoding), result);
        return result;
      case kTagEnumeration:
        result.kind = Kind::integer;
        result.is_signed = true;
        result.name = "enum " + result.name;
        return result;
      case kTagPointer:
      case kTagReference:
      case kTagRvalueReference:
        return pointer_to(type_of(*type, depth + 1), type->tag != kTagPointer);
      case kTagStructure:
      case kTagClass:
        note_class(*type, result);
        return result;
      case kTagArray:
        result.name = "an array of " + type_of(*type, depth + 1).name;
        return result;
      case kTagString:
        result.name = "a character";
        return result;
      default:
        if (result.name.empty()) result.name = "a type without a name";
        return result;
    }
  }

  static void refer(SourceType& type) {
    using Kind = SourceType::Kind;
    const bool is_number = type.kind == Kind::integer || type.kind == Kind::real;
    type.element = is_number ? type.forkmap_name() : std::string();
    type.kind = type.element.empty() ? Kind::other : Kind::reference;
  }

  static void note_base(std::uint64_t encoding, SourceType& type) {
    using Kind = SourceType::Kind;
    switch (encoding) {
      case kBoolean:
        type.kind = type.size_bytes == 1 || type.size_bytes == 4 ? Kind::boolean : Kind::other;
        break;
      case kFloat:
        type.kind = Kind::real;
        break;
      case kSigned:
      case kUnsigned:
        type.kind = type.size_bytes <= 8 ? Kind::integer : Kind::other;
        type.is_signed = encoding == kSigned;
        break;
      case kSignedCharacter:
      case kUnsignedCharacter:
        type.kind = type.name == "char" ? Kind::character : Kind::integer;
        type.is_signed = encoding == kSignedCharacter;
        break;
      default:
        break;
    }
  }

  static SourceType pointer_to(SourceType inner, bool is_reference) {
    using Kind = SourceType::Kind;
    SourceType type;
    type.name = inner.name + (is_reference ? "&" : "*");
    type.kind = Kind::other;
    const bool is_constant = inner.name.starts_with("const ");
    const bool is_value = inner.kind == Kind::text || inner.kind == Kind::array ||
                          (is_constant && !inner.forkmap_name().empty());
    if (is_reference && is_value && is_constant) {
      inner.name = type.name;
      return inner;
    }
    if (!is_reference && inner.kind == Kind::character && is_constant) {
      type.kind = Kind::text;
    } else if (!inner.forkmap_name().empty() && inner.kind != Kind::text) {
      type.kind = Kind::reference;
      type.element = inner.forkmap_name();
    }
    return type;
  }

  // Those classes of the standard library that forkmap carries.
  void note_class(const Entry& entry, SourceType& type) const {
    using Kind = SourceType::Kind;
    const std::string name = entry.text(kName);
    if (name.starts_with("basic_string<char,") || name.starts_with("basic_string_view<char,")) {
      type.kind = Kind::text;
      return;
    }
    if (name.starts_with("vector<") || name.starts_with("span<")) {
      for (const std::uint64_t child : entry.children) {
        const Entry& parameter = units_.at(child);
        if (parameter.tag != kTagTemplateType) continue;
        const SourceType element = type_of(parameter);
        type.element = element.forkmap_name();
        if (!type.element.empty() && element.kind != Kind::text && element.kind != Kind::boolean) {
          type.kind = Kind::array;
        }
        return;
      }
    }
    if (!type.name.starts_with("std::")) type.name = "struct " + type.name;
  }
};

}  // namespace

std::string SourceType::forkmap_name() const {
  switch (kind) {
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return (is_signed ? "i" : "u") + std::to_string(size_bytes * 8);
    case Kind::real:
      return size_bytes == 4 ? "f32" : size_bytes >= 8 ? "f64" : "";
    case Kind::character:
      return "i8";
    case Kind::text:
      return "str";
    case Kind::array:
      return element + "[]";
    case Kind::nothing:
    case Kind::reference:
    case Kind::other:
      break;
  }
  return {};
}

std::vector<SourceFunction> functions_of(const std::string& object, const std::string& source) {
  const std::string file = bytes_of(object);
  return DebugInformation(file).functions(source);
}

}  // namespace forkmap::host
