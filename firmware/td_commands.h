/* The `td …` commands of the wire (docs/wire.md). */
#ifndef TD_COMMANDS_H
#define TD_COMMANDS_H

#include "td_model.h"

/* `words` is what follows `td `; `status` is what td_model_init() returned. */
void td_command(const char *words, td_status status);

/* Prints the error of `status`, if it is one; returns whether the model can run `inferences` in a
 * row. */
int td_can_run(td_status status, uint64_t inferences);

#endif
