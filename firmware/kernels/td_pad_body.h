/* The body of the padding kernels: the including file defines TD_PARAMS, TD_ITEM (an element's
 * type) and `fill`, which writes `size` times the value and returns what lies behind. */
#include <string.h>

static void pad(const TD_PARAMS *p, const TD_ITEM *input, TD_ITEM *output) {
  int32_t size[4]; /* elements of one step of each output dimension */
  size[3] = 1;
  for (int32_t i = 2; i >= 0; i--) {
    size[i] = size[i + 1] * (p->before[i + 1] + p->shape[i + 1] + p->after[i + 1]);
  }
  output = fill(p, output, p->before[0] * size[0]);
  for (int32_t a = 0; a < p->shape[0]; a++) {
    output = fill(p, output, p->before[1] * size[1]);
    for (int32_t b = 0; b < p->shape[1]; b++) {
      output = fill(p, output, p->before[2] * size[2]);
      for (int32_t c = 0; c < p->shape[2]; c++) {
        output = fill(p, output, p->before[3]);
        memcpy(output, input, (size_t)p->shape[3] * sizeof *output);
        input += p->shape[3];
        output = fill(p, output + p->shape[3], p->after[3]);
      }
      output = fill(p, output, p->after[2] * size[2]);
    }
    output = fill(p, output, p->after[1] * size[1]);
  }
  fill(p, output, p->after[0] * size[0]);
}
