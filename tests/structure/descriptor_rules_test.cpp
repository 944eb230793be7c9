// SPDX-License-Identifier: Apache-2.0
// The rule about descriptors must find every maker that has no owner, and nothing else.

#include "tests/structure/descriptor_rules.hpp"

#include "tests/catch.hpp"

using namespace forkmap::structure;

TEST_CASE("every call that makes a descriptor hands it to a UniqueFd") {
  CHECK(to_text(check_descriptor_owners(read_source_tree(FORKMAP_SOURCE_DIR))) == "");
}

TEST_CASE("a descriptor that is a plain number is found with its line") {
  const SourceTree tree = {{"host/log.cpp",
                            "int a = ::open(path, O_RDONLY);\n"
                            "use(::socket(AF_UNIX, SOCK_STREAM, 0));\n"
                            "int b = memfd_create(name, 0);\n"
                            "int c = ::fcntl(a,\n    F_DUPFD_CLOEXEC, 3);\n"
                            "int d = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));\n"
                            "fd = base::UniqueFd(a ? ::dup(a) : -1);\n"}};
  CHECK(to_text(check_descriptor_owners(tree)) ==
        "host/log.cpp:1: open is not handed to a UniqueFd at once\n"
        "host/log.cpp:2: socket is not handed to a UniqueFd at once\n"
        "host/log.cpp:7: dup is not handed to a UniqueFd at once\n"
        "host/log.cpp:3: memfd_create is not handed to a UniqueFd at once\n"
        "host/log.cpp:4: F_DUPFD is not handed to a UniqueFd at once\n"
        "host/log.cpp:6: SYS_pidfd_open is not handed to a UniqueFd at once\n");
}

TEST_CASE("two ends are made in core/base only") {
  const SourceTree tree = {{"core/base/unique_fd.cpp", "if (::pipe2(ends, O_CLOEXEC) != 0) f();\n"},
                           {"core/pool/crew.cpp", "if (::pipe2(ends, O_CLOEXEC) != 0) f();\n"},
                           {"host/child.cpp", "::socketpair(AF_UNIX, SOCK_STREAM, 0, ends);\n"}};
  CHECK(check_descriptor_owners(tree).size() == 2);
}

TEST_CASE("owners, members of ours, comments and other folders are allowed") {
  const SourceTree tree = {
      {"core/pool/engine.cpp",
       "base::UniqueFd fd(::open(path, O_RDONLY));\n"
       "return base::UniqueFd(\n    static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));\n"
       "Log::Log() : fd_(::openat(folder, name, 0)) {}\n"
       "std::shared_ptr<Map> Engine::open(Request r) { return core_->open(r); }\n"
       "reopen(x); // ::open(x)\nputs(\"::open(x)\"); ::fcntl(fd, F_GETFL);\n"},
      {"tests/kit/child.cpp", "int a = ::open(path, 0);\n"}};
  CHECK(to_text(check_descriptor_owners(tree)) == "");
}
