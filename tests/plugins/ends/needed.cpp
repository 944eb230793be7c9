// SPDX-License-Identifier: Apache-2.0
//
// A library that a plugin needs, with something to end of its own.
#include <cstdio>
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) long needed_count(long x);

namespace {

struct Ledger {
  long sum = 0;
  ~Ledger() {
    const char* const path = std::getenv("FORKMAP_TEST_ENDS");
    std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "a");
    if (file == nullptr) return;
    std::fprintf(file, "ledger %ld\n", sum);
    std::fclose(file);
  }
};
Ledger ledger;

}  // namespace

long needed_count(long x) {
  ledger.sum += x;
  return ledger.sum;
}
