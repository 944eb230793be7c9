# SPDX-License-Identifier: Apache-2.0
# A plugin exports its descriptor function and imports nothing of forkmap. Weak symbols are the
# standard library's templates, which no compiler flag hides.

execute_process(COMMAND "${NM}" -D --undefined-only "${PLUGIN}"
  OUTPUT_VARIABLE imports COMMAND_ERROR_IS_FATAL ANY)
if(imports MATCHES "forkmap")
  message(FATAL_ERROR "${PLUGIN} imports from its host:\n${imports}")
endif()

execute_process(COMMAND "${NM}" -D --defined-only "${PLUGIN}"
  OUTPUT_VARIABLE exports COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[0-9a-f]+ [TDBRu] [^\n]+" strong "${exports}")
list(FILTER strong EXCLUDE REGEX " (T forkmap_plugin_v1|[TDBR] (__asan|__odr_asan|__ubsan|_init$|_fini$).*)$")
if(strong AND NOT LANGUAGE STREQUAL "Fortran")
  message(FATAL_ERROR "${PLUGIN} exports more than its descriptor function: ${strong}")
endif()
if(NOT exports MATCHES " T forkmap_plugin_v1\n")
  message(FATAL_ERROR "${PLUGIN} does not export forkmap_plugin_v1:\n${exports}")
endif()
