# What the fuzzer needs: the addon with sanitizers and a function of its own, and the library that checks what the
# kernel is told to read and write.
set(SANITIZE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g -O1)

target_sources(${PROJECT_NAME} PRIVATE fuzz/native/hooks.cc)
target_include_directories(${PROJECT_NAME} PRIVATE native)
target_compile_definitions(${PROJECT_NAME} PRIVATE BPF_MAPS_SANITIZED)
target_compile_options(${PROJECT_NAME} PRIVATE ${SANITIZE})
target_link_options(${PROJECT_NAME} PRIVATE ${SANITIZE})

add_library(bpf-guard SHARED fuzz/native/bpf_guard.cc)
target_compile_options(bpf-guard PRIVATE -Wall -Wextra -Werror -g -O2)
target_link_libraries(bpf-guard PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(bpf-guard PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET default)
