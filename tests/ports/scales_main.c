/* model_scales.h by itself: reads floats, prints what the first input holds for each and what that
 * stands for, then whether the scale survives the way there and back. */
#include <inttypes.h>
#include <stdio.h>

#include "model_scales.h"

int main(void) {
  float real;
  while (fread(&real, sizeof real, 1, stdin) == 1) {
    const int32_t value = model_quantize(&model_input_scale[0], real);
    printf("%" PRId32 " %.9g\n", value, (double)model_dequantize(&model_output_scale[0], value));
  }
  printf("holds %d\n", model_scale_holds(&model_input_scale[0]));
  return 0;
}
