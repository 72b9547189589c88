# Puts every migrations/sqlite/NNNN_name.sql into one generated source, so that the program needs no files beside it.
# A changed or new migration configures again.
function(embed_sqlite_migrations output)
  set(directory ${CMAKE_SOURCE_DIR}/migrations/sqlite)
  file(GLOB files CONFIGURE_DEPENDS ${directory}/*.sql)
  list(SORT files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})

  set(ENTRIES "")
  foreach(file ${files})
    get_filename_component(stem ${file} NAME_WE)
    if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
      message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql")
    endif()
    set(name ${CMAKE_MATCH_2})
    # The literal's number must not be read as octal.
    string(REGEX REPLACE "^0+" "" version ${CMAKE_MATCH_1})
    file(READ ${file} sql)
    string(APPEND ENTRIES "    {${version}, \"${name}\", R\"__sql__(${sql})__sql__\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"#include \"storage/sqlite/migrator.hpp\"

namespace parley::storage::sqlite {

std::span<const Migration> embedded_migrations() {
  static constexpr Migration kMigrations[] = {
@ENTRIES@  };
  return kMigrations;
}

}  // namespace parley::storage::sqlite
")
endfunction()
