# Puts every migrations/{sqlite,postgres}/NNNN_name.sql into one generated source, so that the program needs no files
# beside it. A changed or new migration configures again.
function(embed_migrations output)
  foreach(dialect sqlite postgres)
    set(directory ${CMAKE_SOURCE_DIR}/migrations/${dialect})
    file(GLOB files CONFIGURE_DEPENDS ${directory}/*.sql)
    list(SORT files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})

    set(ENTRIES_${dialect} "")
    foreach(file ${files})
      get_filename_component(stem ${file} NAME_WE)
      if(NOT stem MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)$")
        message(FATAL_ERROR "${file}: a migration is called NNNN_name.sql")
      endif()
      set(name ${CMAKE_MATCH_2})
      # The literal's number must not be read as octal.
      string(REGEX REPLACE "^0+" "" version ${CMAKE_MATCH_1})
      file(READ ${file} sql)
      string(APPEND ENTRIES_${dialect} "    {${version}, \"${name}\", R\"__sql__(${sql})__sql__\"},\n")
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"#include \"storage/sql/migrator.hpp\"

namespace parley::storage::sql {
namespace {

constexpr Migration kSqlite[] = {
@ENTRIES_sqlite@};
constexpr Migration kPostgres[] = {
@ENTRIES_postgres@};

}  // namespace

std::span<const Migration> embedded_migrations(Dialect dialect) {
  if (dialect == Dialect::sqlite) return kSqlite;
  return kPostgres;
}

}  // namespace parley::storage::sql
")
endfunction()
