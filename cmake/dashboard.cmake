# The library parley_dashboard: the files of the web application, built by Vite and embedded, so that the program needs
# none beside it. -DPARLEY_DASHBOARD=OFF leaves it out, for whoever builds without Node.js: the API is all there.
option(PARLEY_DASHBOARD "Build the dashboard into the program" ON)

if(NOT PARLEY_DASHBOARD)
  add_library(parley_dashboard STATIC ${CMAKE_SOURCE_DIR}/src/api/no_dashboard.cpp)
  target_include_directories(parley_dashboard PRIVATE ${CMAKE_SOURCE_DIR}/src)
  return()
endif()

find_program(PARLEY_NODE node REQUIRED)
file(GLOB_RECURSE dashboard_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/dashboard/src/* ${CMAKE_SOURCE_DIR}/dashboard/public/* ${CMAKE_SOURCE_DIR}/dashboard/scripts/*
  ${CMAKE_SOURCE_DIR}/src/api/openapi/*.yaml)
# Made from the description by the build itself; and tests are no part of it.
list(FILTER dashboard_sources EXCLUDE REGEX "schema\\.d\\.ts$|\\.test\\.tsx?$")

set(dashboard_out ${CMAKE_BINARY_DIR}/dashboard)
add_custom_command(
  OUTPUT ${dashboard_out}/embedded_dashboard.cpp
  BYPRODUCTS ${dashboard_out}/dashboard.bin
  COMMAND ${PARLEY_NODE} ${CMAKE_SOURCE_DIR}/dashboard/scripts/embed.mjs ${dashboard_out}
  DEPENDS ${dashboard_sources} ${CMAKE_SOURCE_DIR}/dashboard/index.html ${CMAKE_SOURCE_DIR}/dashboard/vite.config.ts
          ${CMAKE_SOURCE_DIR}/dashboard/package-lock.json
  COMMENT "Building the dashboard"
  VERBATIM)
add_library(parley_dashboard STATIC ${dashboard_out}/embedded_dashboard.cpp)
target_include_directories(parley_dashboard PRIVATE ${CMAKE_SOURCE_DIR}/src)
