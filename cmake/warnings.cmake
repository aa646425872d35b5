# Warnings for our own code; the dev preset turns them into errors.
add_library(yk_warnings INTERFACE)
target_compile_options(yk_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings
  -Wcast-qual -Wpointer-arith -Wformat=2 -Wundef -Wimplicit-fallthrough -Wdouble-promotion
  $<$<BOOL:${YK_WERROR}>:-Werror>)
# Walls rest on these (the gate's type, the clocks' types): errors in every build.
add_compile_options(-Werror=incompatible-pointer-types -Werror=implicit-function-declaration -Werror=int-conversion)

# The tests' own: Criterion's macros use statement expressions, promotions and casts that the product may not.
add_library(yk_test_warnings INTERFACE)
target_compile_options(yk_test_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wvla -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef $<$<BOOL:${YK_WERROR}>:-Werror>)
target_compile_definitions(yk_test_warnings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)

# POSIX and the few GNU extensions in use (argp, accept4): asked for once, for every file alike.
target_compile_definitions(yk_warnings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
# Sums of doubles depend on contraction: the same table must come out on every machine.
target_compile_options(yk_warnings INTERFACE -ffp-contract=off -fno-common -fstack-protector-strong)
