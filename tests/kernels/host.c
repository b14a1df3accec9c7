#include <stdio.h>

#include "check.h"

void say(const char *text) {
  fputs(text, stdout);
}

int main(void) {
  run_cases();
  return 0;
}
