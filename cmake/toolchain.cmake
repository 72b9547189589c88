# Language level, warnings, linker, compiler cache and sanitizers: the same for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

add_link_options(-fuse-ld=lld-19 -Wl,--gdb-index)

# simdjson chooses its parser at compile time: without SSE 4.2 it falls back to one that is several times slower. Every
# x86 server since 2011 has it.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-march=x86-64-v2 -mpclmul)
endif()

find_program(PARLEY_CCACHE ccache)
if(PARLEY_CCACHE)
  # The sloppiness settings are what ccache's manual asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${PARLEY_CCACHE}")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

if(PARLEY_SANITIZE)
  add_compile_options(-fsanitize=${PARLEY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PARLEY_SANITIZE})
endif()

# Warnings as errors on our own targets only (see add_room).
set(PARLEY_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
    -Wthread-safety -Werror)

# Units that include Beast take a gigabyte each: never two at a time.
set_property(GLOBAL PROPERTY JOB_POOLS heavy=1)

# libFuzzer steers by coverage, so everything it reaches is instrumented; only the targets in fuzz/ link its main().
if(PARLEY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
