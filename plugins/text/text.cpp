// SPDX-License-Identifier: Apache-2.0
//
// text: functions of a file that the item names. What cannot be read is the item's FunctionError.
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>

#include <forkmap/plugin.hpp>

namespace {

// Calls use(span of bytes) for each piece of the file, in order.
template <class Use>
void for_each_piece(std::string_view path, Use use) {
  const std::string name(path);
  if (name.find('\0') != std::string::npos) {
    throw std::invalid_argument("a file name cannot contain a NUL byte");
  }
  const auto fail = [&] { throw std::system_error(errno, std::generic_category(), name); };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "rbe"),
                                                             std::fclose);
  if (file == nullptr) fail();
  std::array<unsigned char, 65536> piece;
  while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
    const std::size_t size = std::fread(piece.data(), 1, piece.size(), file.get());
    use(std::span<const unsigned char>(piece.data(), size));
  }
  if (std::ferror(file.get()) != 0) fail();
}

constexpr bool is_space(unsigned char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}
constexpr bool is_printable(unsigned char byte) { return byte > ' ' && byte <= '~'; }

// Lines, words, bytes as `LC_ALL=C wc` of coreutils 9.1 counts them: a line is a newline; a word is
// a run of bytes that are no space, with at least one printable ASCII byte among them.
std::tuple<std::int64_t, std::int64_t, std::int64_t> count(std::string_view path) {
  std::int64_t lines = 0;
  std::int64_t words = 0;
  std::int64_t bytes = 0;
  bool in_word = false;  // the run has had a printable byte
  for_each_piece(path, [&](std::span<const unsigned char> piece) {
    bytes += static_cast<std::int64_t>(piece.size());
    for (const unsigned char byte : piece) {
      lines += byte == '\n';
      words += in_word && is_space(byte);
      in_word = !is_space(byte) && (in_word || is_printable(byte));
    }
  });
  return {lines, words + in_word, bytes};
}

// The first of the longest lines: its number, from 1, and its text; 0 and "" for an empty file.
std::tuple<std::int64_t, std::string> longest_line(std::string_view path) {
  std::int64_t number = 1;
  std::int64_t longest_number = 0;
  std::string line;
  std::string longest;
  const auto end_line = [&] {
    if (longest_number == 0 || line.size() > longest.size()) {
      longest_number = number;
      longest.swap(line);
    }
    line.clear();
    ++number;
  };
  for_each_piece(path, [&](std::span<const unsigned char> piece) {
    for (const unsigned char byte : piece) {
      if (byte == '\n') {
        end_line();
      } else {
        line.push_back(static_cast<char>(byte));
      }
    }
  });
  if (!line.empty()) end_line();
  return {longest_number, longest};
}

}  // namespace

FORKMAP_PLUGIN("text", "1.0",
               forkmap::function<count>("wc", "Return lines, words and bytes of the named file."),
               forkmap::function<longest_line>("longest_line",
                                               "Return number and text of the longest line."))
