/* The body of the selecting kernels: the including file defines TD_PARAMS and TD_ITEM, an element's
 * type. */
#include "td_broadcast.h"

static void select_row(const TD_PARAMS *p, const uint8_t *condition, const TD_ITEM *input1,
                       const TD_ITEM *input2, TD_ITEM *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    output[i] = *condition ? *input1 : *input2;
    condition += p->stride1[3];
    input1 += p->stride2[3];
    input2 += p->stride3[3];
  }
}

static void select_all(const TD_PARAMS *p, const uint8_t *condition, const TD_ITEM *input1,
                       const TD_ITEM *input2, TD_ITEM *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        select_row(p, condition + td_place(p->stride1, a, b, c),
                   input1 + td_place(p->stride2, a, b, c), input2 + td_place(p->stride3, a, b, c),
                   output);
        output += p->shape[3];
      }
    }
  }
}
