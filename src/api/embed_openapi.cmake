# Puts every openapi/*.yaml into one generated source, so that the program needs no files beside it. A changed or new
# file configures again.
function(embed_openapi output)
  set(directory ${CMAKE_CURRENT_SOURCE_DIR}/openapi)
  file(GLOB files CONFIGURE_DEPENDS ${directory}/*.yaml)
  list(SORT files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})

  set(ENTRIES "")
  foreach(file ${files})
    get_filename_component(name ${file} NAME)
    file(READ ${file} yaml)
    string(APPEND ENTRIES "    {\"${name}\", R\"__yaml__(${yaml})__yaml__\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
"#include \"api/openapi_document.hpp\"

namespace parley::api {

std::span<const OpenApiFile> embedded_openapi() {
  static constexpr OpenApiFile kFiles[] = {
@ENTRIES@  };
  return kFiles;
}

}  // namespace parley::api
")
endfunction()
