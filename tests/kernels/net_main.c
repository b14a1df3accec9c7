/* Runs a generated model on standard input: every sample's inputs there, every layer's outputs and
 * then the model's on standard output. Each sample begins anew; with an argument only the first. */
#include <stdio.h>

#include "model.h"

static model_state state;

static void write_layer(void *user, uint32_t layer, const void *output, size_t bytes) {
  (void)user;
  (void)layer;
  fwrite(output, 1, bytes, stdout);
}

static int read_inputs(void) {
  for (uint32_t i = 0; i < MODEL_INPUTS; i++) {
    if (fread(state.arena + model_input_offset[i], 1, model_input_bytes[i], stdin) !=
        model_input_bytes[i]) {
      return 0;
    }
  }
  return 1;
}

int main(int arguments, char **argument) {
  (void)argument;
  model_reset(&state);
  while (read_inputs()) {
    if (arguments == 1) {
      model_reset(&state);
    }
    model_invoke(&state, write_layer, NULL);
    for (uint32_t i = 0; i < MODEL_OUTPUTS; i++) {
      fwrite(state.arena + model_output_offset[i], 1, model_output_bytes[i], stdout);
    }
  }
  return 0;
}
