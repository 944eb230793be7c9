// SPDX-License-Identifier: Apache-2.0
//
// text:wc against the system's wc, on files of odd bytes.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/kit/temporary.hpp"
#include "tests/plugins/opened.hpp"

using namespace forkmap;
using Lines = std::vector<std::string>;

namespace {

std::string count(const std::string& path) {
  return test::run_text(test::find_function(test::example_plugin("text"), "wc"), {path})
      .lines.at(0);
}

// Lines, words and bytes with TABs between, as text:wc gives them.
std::string system_count(const std::string& path) {
  const std::string command = "LC_ALL=C wc -lwc < '" + path + "'";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string text(256, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe.get()));
  std::istringstream numbers(text);
  std::string lines, words, bytes;
  numbers >> lines >> words >> bytes;
  return lines + '\t' + words + '\t' + bytes;
}

}  // namespace

TEST_CASE("words are runs of bytes that are no space, with a printable ASCII byte among them") {
  const forkmap::tests::TemporaryFile file;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "0\t0\t0"},
      {"\n", "1\t0\t1"},
      {"one two\nthree", "1\t3\t13"},
      {" a\tb\vc\fd\re \n", "1\t5\t12"},
      {"\x01 \x7f \x80\xff\n", "1\t0\t7"},
      {"\x01x\x80 \xffy", "0\t2\t6"},
      {std::string("a\0b", 3), "0\t1\t3"},
      {std::string("\0", 1), "0\t0\t1"},
      {"\xc2\xa0word", "0\t1\t6"},
  };
  for (const auto& [content, expected] : cases) {
    file.write(content);
    INFO(content);
    CHECK(count(file.path()) == expected);
  }
}

TEST_CASE("text:wc agrees with the system's wc") {
  const forkmap::tests::TemporaryFile file;
  file.write("\x01 \xff a\n");
  if (system_count(file.path()) != "1\t1\t6") {
    WARN("this system's wc counts words differently; not compared");
    return;
  }
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    // Few different bytes make many borders; some files are longer than one piece of the reader.
    const std::size_t alphabet_size = 1 + random() % (round % 2 == 0 ? 8 : 256);
    const std::size_t size = round % 10 == 0 ? 200'000 : random() % 3000;
    std::string alphabet(alphabet_size, '\0');
    for (char& letter : alphabet) letter = static_cast<char>(random() % 256);
    alphabet += " \n";
    std::string content(size, '\0');
    for (char& letter : content) letter = alphabet[random() % alphabet.size()];
    file.write(content);
    INFO("round " << round);
    CHECK(count(file.path()) == system_count(file.path()));
  }
}

TEST_CASE("a file that cannot be read is an error with its name and reason") {
  CHECK(count("/nowhere/x") == "/nowhere/x: No such file or directory");
  CHECK(count("/").find("Is a directory") != std::string::npos);
}

TEST_CASE("the longest line") {
  const forkmap::tests::TemporaryFile file;
  const auto longest = [&](const std::string& content) {
    file.write(content);
    return test::run_text(test::find_function(test::example_plugin("text"), "longest_line"),
                          {file.path()})
        .lines.at(0);
  };
  CHECK(longest("") == "0\t");
  CHECK(longest("\n\n") == "1\t");
  CHECK(longest("a\nlong one\nb") == "2\tlong one");
  CHECK(longest("ab\ncd\n") == "1\tab");
  CHECK(longest("a\nend") == "2\tend");
  CHECK(longest("x\n" + std::string(100'000, 'y') + "\nz") == "2\t" + std::string(100'000, 'y'));
}
