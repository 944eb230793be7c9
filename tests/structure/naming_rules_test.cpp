// SPDX-License-Identifier: Apache-2.0
// Each rule about names and files must find what it looks for, and nothing else.

#include "tests/structure/naming_rules.hpp"

#include "tests/catch.hpp"
#include "tests/structure/length_rules.hpp"

using namespace forkmap::structure;

TEST_CASE("folders and files for whatever found no place are found") {
  const SourceTree tree = {
      {"core/util/string.hpp", ""}, {"host/common.cpp", ""}, {"tests/lane/helpers.hpp", ""}};
  CHECK(check_no_catch_all(tree).size() == 3);
}

TEST_CASE("a name that only holds such a word is allowed") {
  const SourceTree tree = {{"core/lane/commoner.hpp", ""}, {"docs/utility.md", ""}};
  CHECK(to_text(check_no_catch_all(tree)) == "");
}

TEST_CASE("two files of one name are found in core, whatever their folders, and nowhere else") {
  const SourceTree tree = {{"core/lane/CMakeLists.txt", ""}, {"core/lane/state.hpp", ""},
                           {"core/pool/CMakeLists.txt", ""}, {"core/pool/state.hpp", ""},
                           {"core/pool/state.cpp", ""},      {"host/run/command.hpp", ""},
                           {"host/shell/command.hpp", ""},   {"tests/lane/state.hpp", ""}};
  CHECK(to_text(check_unique_names(tree)) ==
        "core/pool/state.hpp:0: has the name of core/lane/state.hpp\n");
}

TEST_CASE("a source without the licence line is found") {
  const std::string line = "SPDX-License-Identifier: Apache-2.0\n";
  const SourceTree tree = {{"core/a.cpp", "// " + line},
                           {"core/b.h", "/* " + line},
                           {"tests/run.sh", "#!/bin/bash\n# " + line},
                           {"core/late.cpp", "#include <vector>\n// " + line},
                           {"core/without.hpp", "#pragma once\n"},
                           {"core/empty.cpp", ""}};
  CHECK(to_text(check_licence_lines(tree)) ==
        "core/late.cpp:1: the licence line is missing\n"
        "core/without.hpp:1: the licence line is missing\n"
        "core/empty.cpp:1: the licence line is missing\n");
}

TEST_CASE("a header without its guard is found") {
  const SourceTree tree = {{"core/a.hpp", "// text\n#pragma once\n"},
                           {"core/b.h", "#ifndef B\n#define B\n#endif\n"},
                           {"core/old.hpp", "#ifndef C\n#define C\n#endif\n"},
                           {"core/bare.h", "int f(void);\n"},
                           {"core/source.cpp", "\n"}};
  CHECK(check_header_guards(tree).size() == 2);
}

TEST_CASE("a header is too long from its 351st line on, a source from its 401st") {
  const SourceTree tree = {{"core/a.hpp", std::string(350, '\n')},
                           {"core/a.cpp", std::string(400, '\n')},
                           {"core/b.hpp", std::string(351, '\n')},
                           {"core/b.cpp", std::string(401, '\n')}};
  CHECK(to_text(check_lengths(tree)) ==
        "core/b.hpp:351: longer than 350 lines: split it by concept\n"
        "core/b.cpp:401: longer than 400 lines: split it by concept\n");
}

TEST_CASE("a source of the command without a header of its own is found") {
  const SourceTree tree = {{"host/main.cpp", ""},      {"host/run/job.cpp", ""},
                           {"host/run/job.hpp", ""},   {"host/run/job_end.cpp", ""},
                           {"host/shell/map.cpp", ""}, {"host/run/map.hpp", ""}};
  CHECK(to_text(check_own_headers(tree)) ==
        "host/run/job_end.cpp:0: has no header of its own\n"
        "host/shell/map.cpp:0: has no header of its own\n");
}

TEST_CASE("the reader refuses a folder that is no source tree") {
  CHECK_THROWS_AS(read_source_tree("/proc/self"), std::runtime_error);
}
