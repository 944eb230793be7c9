// SPDX-License-Identifier: Apache-2.0
// Texts that are not forkmap's: what of them reaches a terminal.

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::string_literals;
using nlohmann::json;

namespace {

std::string foreign() { return test_plugin("foreign"); }

// Neither control characters but newlines, nor bytes of 0x80 and more that are no UTF-8.
bool is_fit_to_be_shown(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f || byte == 0xff || byte == 0xe9) return false;
  }
  return true;
}

std::string first_column_of_lines(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    out += text[begin];
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("what a function says cannot steer the terminal, or look like a message of ours") {
  const Ended ended = run_forkmap(
      {"run", foreign() + ":say", "%1b[2J%1b]0;title%07", "a%0db", "caf%e9", "%ff%c2%9b", "a%7fb",
       "%e2%80%ae", "one%0aforkmap: item 7 (\"7\"): FunctionError", "one%0a%0atwo%0a"});
  CHECK(ended.status == 1);
  CHECK(is_fit_to_be_shown(ended.errors));
  CHECK(contains(ended.errors, R"(\x1b[2J\x1b]0;title\x07)"));
  CHECK(contains(ended.errors, R"(a\rb)"));
  CHECK(contains(ended.errors, R"(caf\xe9)"));
  CHECK(contains(ended.errors, R"(\xff\xc2\x9b)"));
  CHECK(contains(ended.errors, R"(\xe2\x80\xae)"));
  CHECK(contains(ended.errors, "one\n  forkmap: item 7"));
  CHECK(count_of("\n" + ended.errors, "\nforkmap: item ") == 8);
}

TEST_CASE("what a function says is whole and exact where programs read it") {
  const TestFolder folder;
  const std::string file = folder.path() + "/failures";
  const Ended ended =
      run_forkmap({"run", "--failures", file, foreign() + ":say", "%1b[2J%0aforkmap: x"});
  CHECK(ended.status == 1);
  CHECK(json::parse(folder.read("failures"))["message"] == "\x1b[2J\nforkmap: x");
}

TEST_CASE("what a start hook says ends the run in one message that is fit to be shown") {
  const Ended ended = run_forkmap(
      {"run", "--param", "start=no%1b[31m licence%0aforkmap: fine%ff", foreign() + ":give", "x"});
  CHECK(ended.status != 0);
  CHECK(is_fit_to_be_shown(ended.errors));
  CHECK(contains(ended.errors, R"(no\x1b[31m licence)"));
  CHECK(contains(ended.errors, "\n  forkmap: fine"));
}

TEST_CASE("a hook whose exception has no text is told by the type of the exception") {
  const Ended ended = run_forkmap({"run", "--param", "start_mute=1", foreign() + ":give", "x"});
  CHECK(contains(ended.errors, "foreign"));
  CHECK(contains(ended.errors, "MuteError"));
  CHECK(ended.status == 3);
}

TEST_CASE("names of files and values of options cannot steer the terminal") {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"run", "./\x1b[31m\r.so:f", "1"},
                                             {"run", "--input", "/\x1b[31m\xe9", "arith:square"},
                                             {"run", "--reduce", "\x1b[31m\r", "arith:square", "1"},
                                             {"run", "--\x1b[31m", "arith:square", "1"},
                                             {"list", "/\x1b[31m\r\xff"},
                                             {"inspect", "/\x1b[31m\r\xff"},
                                             {"\x1b[31m\r"},
                                             {"shell", "/\x1b[31m\r"}}) {
    const Ended ended = run_forkmap(arguments);
    INFO(ended.errors << ended.output);
    CHECK(ended.status == 2);
    CHECK(is_fit_to_be_shown(ended.errors + ended.output));
    CHECK(contains(ended.errors + ended.output, R"(\x1b[31m)"));
  }
}

TEST_CASE("texts of a plugin stand on one line of a table") {
  const Ended listed = run_forkmap({"list", foreign()});
  CHECK(is_fit_to_be_shown(listed.output));
  CHECK(contains(listed.output, R"(Throw the text.\x1b[31m\r\xff\nforkmap: a line)"));
  CHECK(first_column_of_lines(listed.output) == "fffffff");
  const Ended inspected = run_forkmap({"inspect", foreign()});
  CHECK(is_fit_to_be_shown(inspected.output));
  CHECK(contains(inspected.output, R"(Throw the text.\x1b[31m\r\xff\nforkmap: a line)"));
}

TEST_CASE("a dry run shows options and names as they are fit to be shown") {
  const TestFolder folder;
  const Ended ended =
      run_forkmap({"run", "--dry-run", "--input", folder.file("a\x1b[31m", "1\n"), "arith:square"});
  CHECK(ended.status == 0);
  CHECK(is_fit_to_be_shown(ended.output + ended.errors));
  CHECK(contains(ended.output + ended.errors, R"(a\x1b[31m)"));
}

TEST_CASE("the shell shows results and messages as they are fit to be shown") {
  const Ended ended = run_forkmap(
      {"shell"}, "load " + foreign() +
                     "\npool p workers=1\nmap p foreign:give \"%1b[31m\"\nmap p foreign:say "
                     "\"a%0db%0aforkmap: x\"\n");
  INFO(ended.errors << ended.output);
  CHECK(is_fit_to_be_shown(ended.output + ended.errors));
  CHECK(contains(ended.output, R"(\x1b[31m)"));
  CHECK(contains(ended.output, "a\\rb\n  forkmap: x"));
}

TEST_CASE("an exception without a text is a FunctionError that names its type") {
  for (const auto& [function, name] :
       {std::pair{"mute", "foreign::MuteError"}, std::pair{"empty", "foreign::EmptyError"},
        std::pair{"bare", "foreign::BareValue"}}) {
    INFO(function);
    const Ended ended = run_forkmap({"run", foreign() + ":" + function, "1", "2", "3", "4"});
    CHECK(ended.output == "1\n2\n4\n");
    CHECK(contains(ended.errors, "FunctionError"));
    CHECK(contains(ended.errors, name));
    CHECK(ended.status == 1);
  }
}

TEST_CASE("a line of --fill that would be several lines or columns is refused") {
  for (const std::string& text : {"a\nb"s, "a\tb"s, "a\r"s, "\n"s}) {
    const Ended ended = run_forkmap({"run", "--fill", text, "arith:square", "x", "2"});
    CHECK(ended.status == 2);
    CHECK(ended.output == "");
    CHECK(contains(ended.errors, "--fill"));
    CHECK(is_fit_to_be_shown(ended.errors));
  }
  const Ended lines = run_forkmap({"run", "--fill", "none\\", "arith:square", "x", "2"});
  CHECK(lines.output == "none\\\n4\n");
  const Ended raw = run_forkmap({"run", "-0", "--fill", "a\nb", "arith:square", "x", "2"});
  CHECK(raw.output == "a\nb\0004\0"s);
  const Ended objects =
      run_forkmap({"run", "--format", "jsonl", "--fill", "a\nb", "arith:square", "x"});
  CHECK(json::parse(objects.output)["fill"] == "a\nb");
}

TEST_CASE("messages about long paths tell them apart, and files have them whole") {
  const std::string folder_name = "/data/" + std::string(80, 'd') + "/scans/page-";
  const TestFolder folder;
  const std::string failures = folder.path() + "/failures";
  const std::string log = folder.path() + "/log";
  const Ended ended =
      run_forkmap({"run", "--chunk", "1", "--failures", failures, "--joblog", log, "arith:square",
                   folder_name + "0001.png", folder_name + "0002.png"});
  CHECK(contains(ended.errors, "\"/data/"));
  CHECK(contains(ended.errors, "/scans/page-0001.png\")"));
  CHECK(contains(ended.errors, "/scans/page-0002.png\")"));
  CHECK_FALSE(contains(ended.errors, folder_name));
  CHECK(contains(folder.read("failures"), folder_name + "0001.png"));
  CHECK(contains(folder.read("log"), folder_name + "0002.png"));
}
