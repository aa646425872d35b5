# One file through the compiler, which has to refuse it with the right words, or (CONTROL) to take it.
string(REPLACE "|" ";" INCLUDES "${INCLUDES}")
string(REPLACE "|" ";" OPTIONS "${OPTIONS}")
list(TRANSFORM INCLUDES PREPEND "-I")
set(define)
if(CONTROL)
  set(define -DYK_CONTROL)
endif()
execute_process(
  COMMAND ${COMPILER} -std=c17 -c -o /dev/null -D_GNU_SOURCE ${OPTIONS} -Werror ${define} ${INCLUDES} ${SOURCE}
  RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(CONTROL AND NOT result EQUAL 0)
  message(FATAL_ERROR "the control does not compile:\n${said}")
elseif(NOT CONTROL AND result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles: the wall is down")
elseif(NOT CONTROL AND NOT said MATCHES "${MESSAGE}")
  message(FATAL_ERROR "refused, but not for the right reason (${MESSAGE}):\n${said}")
endif()
