# One helper for every test: a Criterion file becomes a program and a CTest entry that also fails on a sanitizer's report
# (Criterion exits 0 after some of them) and on a crash line.
if(YK_TESTS AND NOT YK_FUZZ)
  pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
endif()
set(YK_TEST_FAILURES "ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|WARNING: ThreadSanitizer|CRASH!")
set(YK_TEST_DATA_DEFAULT ${PROJECT_SOURCE_DIR}/../shared/data)

# A program's own tests run one after the other (ctest runs the programs side by side): Criterion's runner leaks a few bytes
# of its own when they overlap, which LeakSanitizer reports.
#
# yk_criterion_test(NAME SOURCE LIBS ... [TIMEOUT seconds] [LABELS ...])
function(yk_criterion_test name source)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(YK_SANITIZE) # a flood of a million addresses takes a minute and more there
    math(EXPR ARG_TIMEOUT "3 * ${ARG_TIMEOUT}")
  endif()
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} PkgConfig::CRITERION PkgConfig::JANSSON PkgConfig::GSL yk_test_warnings)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    YK_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
    YK_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    YK_REFERENCE_DIR="${PROJECT_SOURCE_DIR}/tests/accuracy/reference"
    YK_TEST_DATA_DEFAULT="${YK_TEST_DATA_DEFAULT}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${ARG_TIMEOUT}
    FAIL_REGULAR_EXPRESSION "${YK_TEST_FAILURES}"
    LABELS "${ARG_LABELS}"
    ENVIRONMENT "CRITERION_JOBS=1;UBSAN_OPTIONS=print_stacktrace=1;PATH=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}:$ENV{PATH}")
endfunction()
