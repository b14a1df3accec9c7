#include "td_copy_strided.h"

#include <string.h>

/* The innermost dimension; single bytes are not worth a call of memcpy. */
static int8_t *copy_row(const td_copy_strided_params *p, const int8_t *input, int8_t *output) {
  const int32_t count = p->shape[4];
  const int32_t stride = p->stride[4];
  if (p->run == 1) {
    for (int32_t i = 0; i < count; i++) {
      output[i] = *input;
      input += stride;
    }
    return output + count;
  }
  for (int32_t i = 0; i < count; i++) {
    memcpy(output, input, (size_t)p->run);
    input += stride;
    output += p->run;
  }
  return output;
}

void td_copy_strided(const td_copy_strided_params *p, const void *input, void *output) {
  const int8_t *first = (const int8_t *)input + p->first;
  int8_t *out = (int8_t *)output;
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        const int8_t *in = first + a * p->stride[0] + b * p->stride[1] + c * p->stride[2];
        for (int32_t d = 0; d < p->shape[3]; d++) {
          out = copy_row(p, in, out);
          in += p->stride[3];
        }
      }
    }
  }
}
