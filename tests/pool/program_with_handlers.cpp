// SPDX-License-Identifier: Apache-2.0
//
// A program that embeds forkmap and has much to end of its own: exit handlers that remove its files
// and static objects that write. A worker or a zygote that ends does nothing of that, and what the
// program has not written yet is written once. Argument: the plugin `ends`. Prints what is wrong.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <forkmap/forkmap.hpp>

namespace {

namespace fs = std::filesystem;

std::string folder;  // made by main()
int faults = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  ++faults;
  std::fprintf(stderr, "not so: %s\n", what.c_str());
}

std::string path(const char* name) { return folder + "/" + name; }

std::string content(const char* name) {
  std::ifstream file(path(name));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void append(const char* name, const char* text) {
  std::ofstream(path(name), std::ios::app) << text;
}

struct Goodbye {
  ~Goodbye() {
    if (!folder.empty()) append("goodbyes", "static object\n");
  }
};
const Goodbye goodbye;

void remove_file() {
  append("goodbyes", "handler\n");
  fs::remove(path("precious"));
}

// The life of the program. Its streams hold text when the pool is made.
int embed(const char* plugin, bool has_thread) {
  std::atexit(&remove_file);
  std::at_quick_exit([] { append("goodbyes", "quick handler\n"); });
  append("precious", "data");
  static std::ofstream own_stream(path("stream"));
  own_stream << "stream once\n";
  std::FILE* const own_file = std::fopen(path("file").c_str(), "w");
  std::fputs("file once\n", own_file);
  std::cout << "output once\n";

  // It waits for input with the stream locked for as long as it waits.
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return 1;
  std::FILE* const input = ::fdopen(ends[0], "r");
  std::thread reader;
  if (has_thread) {
    reader = std::thread([input] { (void)std::fgetc(input); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }

  forkmap::Registry registry;
  registry.load(plugin);
  const auto exits = registry.add("exits", [](std::int64_t x) {
    if (x == 3) std::exit(0);
    if (x == 5) std::quick_exit(0);
    return forkmap::in_worker() ? x : -1;
  });
  {
    forkmap::Pool pool(registry, {.workers = 2, .retries = 0});
    std::vector<std::int64_t> items(100);
    std::iota(items.begin(), items.end(), 0);
    std::size_t values = 0;
    for (const auto& outcome : pool.map(exits, items).outcomes()) values += outcome ? 1U : 0U;
    expect(values == 98, "98 values");
    pool.shutdown();
  }
  expect(fs::exists(path("precious")), "no worker or zygote removes the program's files");
  expect(content("goodbyes").empty(), "no worker or zygote runs handlers of the program");
  if (has_thread) {
    [[maybe_unused]] const ssize_t written = ::write(ends[1], "x", 1);
    reader.join();
  }
  std::fclose(input);
  ::close(ends[1]);
  return faults;
}

}  // namespace

int main(int count, char* arguments[]) {
  if (count != 2) return 2;
  for (const bool has_thread : {false, true}) {
    std::string name = "/tmp/forkmap-program-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return 2;
    ::setenv("FORKMAP_TEST_ENDS", (name + "/ends").c_str(), 1);
    std::fflush(nullptr);
    const pid_t program = ::fork();
    if (program == 0) {
      folder = name;
      if (std::freopen((folder + "/output").c_str(), "w", stdout) == nullptr) std::exit(2);
      std::exit(embed(arguments[1], has_thread));
    }
    int status = -1;
    ::waitpid(program, &status, 0);
    folder = name;
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program ended well");
    expect(!fs::exists(path("precious")), "the program's handler ran");
    expect(content("goodbyes") == "handler\nstatic object\n", "the program's handlers ran once");
    expect(content("stream") == "stream once\n", "a stream is written once");
    expect(content("file") == "file once\n", "a file is written once");
    expect(content("output") == "output once\n", "standard output is written once");
    const std::string ends = content("ends");
    expect(ends.find("destructor in the worker") != std::string::npos, "the plugin was ended");
    fs::remove_all(folder);
    folder.clear();
  }
  return faults == 0 ? 0 : 1;
}
