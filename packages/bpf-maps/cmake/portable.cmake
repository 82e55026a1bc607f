# One addon for every Linux of an architecture: glibc from 2.17 on, and musl. It brings its C++ runtime, and of the C
# library it takes only what both have, by names without a version and without naming the library: Node has loaded it.
# A test of tools/package-check holds what it takes against both.
target_sources(${PROJECT_NAME} PRIVATE native/portable_runtime.cc)
target_compile_options(${PROJECT_NAME} PRIVATE -Werror -ffunction-sections -fdata-sections)
target_link_options(${PROJECT_NAME} PRIVATE
  -nodefaultlibs
  -Wl,--gc-sections
  # What is missing is an error of the loading, not a crash later.
  -Wl,-z,now
  # Its C++ runtime is its own: neither seen by Node's, nor replaced by it.
  -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.map)
set_target_properties(${PROJECT_NAME} PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/exports.map)
target_link_libraries(${PROJECT_NAME} PRIVATE -Wl,-Bstatic stdc++ gcc_eh gcc -Wl,-Bdynamic)
