/* The body of the kernels of two broadcast operands: the including file defines TD_PARAMS,
 * `value_of`, the output for a pair of inputs, and, where they are not float, TD_ITEM, the first
 * input's type, TD_SECOND, the second's, and TD_RESULT, the output's. */
#include "td_broadcast.h"

#ifndef TD_ITEM
#define TD_ITEM float
#endif
#ifndef TD_SECOND
#define TD_SECOND TD_ITEM
#endif
#ifndef TD_RESULT
#define TD_RESULT TD_ITEM
#endif

static void broadcast_row(const TD_PARAMS *p, const TD_ITEM *input1, const TD_SECOND *input2,
                          TD_RESULT *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    *output++ = value_of(p, *input1, *input2);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

static void broadcast(const TD_PARAMS *p, const TD_ITEM *input1, const TD_SECOND *input2,
                      TD_RESULT *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        broadcast_row(p, input1 + td_place(p->stride1, a, b, c),
                      input2 + td_place(p->stride2, a, b, c), output);
        output += p->shape[3];
      }
    }
  }
}
