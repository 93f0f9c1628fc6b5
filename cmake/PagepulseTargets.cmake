# One folder, one library: its DEPS line is the architecture.
#
#   pagepulse_library(storage SRCS a.cc b.cc DEPS pagepulse::rollup RocksDB)
#   pagepulse_test(storage/key_codec DEPS pagepulse::storage)      builds tests/storage/key_codec_test.cc
#   pagepulse_fuzz(line_cutter DEPS pagepulse::ingest)             builds tests/fuzz/line_cutter_fuzz.cc
#   pagepulse_fuzz(meta_series OF reports FORMAT meta-series ...)  builds tests/fuzz/reports_fuzz.cc for this format
#   pagepulse_bench(event_parser DEPS pagepulse::ingest)           builds bench/event_parser_bench.cc
include_guard()

function(pagepulse_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(pagepulse_${name} STATIC ${ARG_SRCS})
    set(scope PUBLIC)
  else()
    add_library(pagepulse_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(pagepulse::${name} ALIAS pagepulse_${name})
  target_include_directories(pagepulse_${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(pagepulse_${name} ${scope} ${ARG_DEPS} pagepulse_options)
endfunction()

function(pagepulse_test path)
  cmake_parse_arguments(ARG "" "TIMEOUT" "DEPS;SRCS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  string(REGEX REPLACE "/.*" "" label ${path})
  add_executable(${name}_test ${PROJECT_SOURCE_DIR}/tests/${path}_test.cc ${ARG_SRCS})
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPS} pagepulse_options GTest::gmock_main)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  add_test(NAME ${path} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${path} PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT})
endfunction()

# libFuzzer needs clang (preset `fuzz`); elsewhere the target is not built.
function(pagepulse_fuzz name)
  cmake_parse_arguments(ARG "" "OF;FORMAT" "DEPS" ${ARGN})
  if(NOT ARG_OF)
    set(ARG_OF ${name})
  endif()
  add_executable(${name}_fuzz ${PROJECT_SOURCE_DIR}/tests/fuzz/${ARG_OF}_fuzz.cc)
  if(ARG_FORMAT)
    target_compile_definitions(${name}_fuzz PRIVATE PAGEPULSE_FUZZ_FORMAT="${ARG_FORMAT}")
  endif()
  target_link_libraries(${name}_fuzz PRIVATE ${ARG_DEPS} pagepulse_options)
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
endfunction()

function(pagepulse_bench name)
  if(NOT PAGEPULSE_BENCH)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(${name}_bench ${PROJECT_SOURCE_DIR}/bench/${name}_bench.cc)
  target_link_libraries(${name}_bench PRIVATE ${ARG_DEPS} pagepulse_options benchmark::benchmark_main)
  if(NOT PAGEPULSE_SANITIZE)
    target_link_libraries(${name}_bench PRIVATE PkgConfig::JEMALLOC)  # as the binary
  endif()
endfunction()
