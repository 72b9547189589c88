# Every library comes from a Debian 12 package; scripts/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(libcurl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(libpqxx REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(speexdsp REQUIRED IMPORTED_TARGET speexdsp)
pkg_check_modules(webrtc_apm REQUIRED IMPORTED_TARGET webrtc-audio-processing)
pkg_check_modules(libmpg123 REQUIRED IMPORTED_TARGET libmpg123)
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml)

# flite ships no pkg-config file; pocketsphinx's pulls libpulse in, which nothing here needs.
add_library(flite INTERFACE)
target_link_libraries(flite INTERFACE flite_cmu_us_slt flite_usenglish flite_cmulex libflite.so m)
add_library(pocketsphinx INTERFACE)
pkg_get_variable(POCKETSPHINX_INCLUDE pocketsphinx includedir)
pkg_check_modules(pocketsphinx_flags REQUIRED pocketsphinx)
target_include_directories(pocketsphinx SYSTEM INTERFACE ${pocketsphinx_flags_INCLUDE_DIRS})
target_link_libraries(pocketsphinx INTERFACE libpocketsphinx.so libsphinxbase.so)
pkg_get_variable(PARLEY_SPHINX_MODELS pocketsphinx modeldir)

# The same definitions everywhere, so that precompiled headers can be shared.
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                        BOOST_BEAST_USE_STD_STRING_VIEW SPDLOG_COMPILED_LIB SPDLOG_SHARED_LIB SPDLOG_FMT_EXTERNAL
                        FMT_SHARED)
