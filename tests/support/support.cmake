# Helpers that several kinds of tests share; include() it where they are needed.
include_guard(GLOBAL)
add_library(yk_test_support STATIC
  ${CMAKE_CURRENT_LIST_DIR}/rig.c ${CMAKE_CURRENT_LIST_DIR}/table.c ${CMAKE_CURRENT_LIST_DIR}/frames.c
  ${CMAKE_CURRENT_LIST_DIR}/needles.c ${CMAKE_CURRENT_LIST_DIR}/digests.c
  ${CMAKE_CURRENT_LIST_DIR}/pipe.c ${CMAKE_CURRENT_LIST_DIR}/cameras.c)
target_include_directories(yk_test_support PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(yk_test_support PRIVATE
  YK_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" YK_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(yk_test_support
  PUBLIC yk_test_secure yk_supervise yk_link yk_frame yk_config yk_base PkgConfig::JANSSON PkgConfig::SODIUM m
  PRIVATE PkgConfig::CRITERION yk_warnings)
target_compile_options(yk_test_support PRIVATE -Wno-pedantic -Wno-double-promotion -Wno-cast-qual)
