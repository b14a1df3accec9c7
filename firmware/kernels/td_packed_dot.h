/* Dot products of packed weights with inputs as they lie in memory, for one to three outputs: too
 * few to be worth activation words in scratch. */
#ifndef TD_PACKED_DOT_H
#define TD_PACKED_DOT_H

#include <stddef.h>

#include "td_packed.h"

#define TD_DOT_PIXELS 4

/* A number of runs, inputs that lie together; each is read in groups of four. The assembler code
 * knows the order. */
typedef struct {
  const int8_t *input;         /* the first pixel's */
  const int8_t *weights;       /* [runs][groups] words; moves on behind them */
  int32_t stride;              /* from a pixel's inputs to the next one's */
  int32_t sums[TD_DOT_PIXELS]; /* the products are added */
  int32_t groups;
  int32_t gap;  /* from the end of a run, as read, to the start of the next */
  int32_t runs; /* at least 1; undefined afterwards */
} td_packed_dot;

#if TD_DSP

/* r0 inputs, r1 weights, r2 stride, r4 to r7 sums, r12 (-127, -127), lr groups left. */
#define TD_DOT_ENTER                                                                               \
  "push {r0, r4-r11, lr}\n\t"                                                                      \
  "ldr lr, [r0, #28]\n\t"                                                                          \
  "ldmia r0, {r0-r2, r4-r7}\n\t"                                                                   \
  "movw r12, #0xff81\n\t"                                                                          \
  "movt r12, #0xff81\n\t"
#define TD_DOT_LEAVE                                                                               \
  "subs lr, #1\n\t"                                                                                \
  "bne 1b\n\t"                                                                                     \
  "ldr lr, [sp]\n\t"                                                                               \
  "ldrd r8, r9, [lr, #32]\n\t"                                                                     \
  "subs r9, #1\n\t"                                                                                \
  "str r9, [lr, #36]\n\t"                                                                          \
  "add.w r0, r0, r8\n\t"                                                                           \
  "itt ne\n\t"                                                                                     \
  "ldrne lr, [lr, #28]\n\t"                                                                        \
  "bne 1b\n\t"                                                                                     \
  "str r1, [lr, #4]\n\t"                                                                           \
  "add lr, #12\n\t"                                                                                \
  "stmia lr, {r4-r7}\n\t"                                                                          \
  "pop {r0, r4-r11, pc}\n"
/* Activation words of one pixel's four inputs. */
#define TD_DOT_WORDS(u, l, from)                                                                   \
  "ldr " u ", [" from "\n\t"                                                                       \
  "eor " l ", " u ", #0x007f007f\n\t"                                                              \
  "sxtab16 " u ", r12, " u "\n\t"
#define TD_DOT_MAC(sum, act, w) "smlad " sum ", " act ", " w ", " sum "\n\t"

/* r3 three strides, r8 and r9 weights, r10 and r11 activations. */
#define TD_DOT_PIXEL(sum, from)                                                                    \
  TD_DOT_WORDS("r10", "r11", from)                                                                 \
  TD_DOT_MAC(sum, "r10", "r8") TD_DOT_MAC(sum, "r11", "r9")
static __attribute__((naked, noinline)) void td_packed_dot_add(__attribute__((unused))
                                                               td_packed_dot *dot) {
  __asm volatile(TD_DOT_ENTER "add.w r3, r2, r2, lsl #1\n"
                              "1:\n\t"
                              "ldr r8, [r1], #4\n\t"
                              "sxtb16 r9, r8\n\t"
                 /**/
                 TD_DOT_PIXEL("r5", "r0, r2]") TD_DOT_PIXEL("r6", "r0, r2, lsl #1]")
                     TD_DOT_PIXEL("r7", "r0, r3]") TD_DOT_PIXEL("r4", "r0], #4") TD_DOT_LEAVE);
}

_Static_assert(offsetof(td_packed_dot, groups) == 28 && offsetof(td_packed_dot, runs) == 36,
               "known to the code");

#else

/* One pixel's four inputs times one output's weights for them. */
static inline int32_t td_packed_dot_group(const int8_t *a, const int8_t *w) {
  const int32_t u0 = a[0] - 127;
  const int32_t u1 = a[2] - 127;
  return u0 * td_load_half(w) + u1 * td_load_half(w + 2) + (256 * a[1] - u0) * w[0] +
         (256 * a[3] - u1) * w[2];
}

static void td_packed_dot_add(td_packed_dot *dot) {
  const int8_t *input = dot->input;
  for (; dot->runs > 0; dot->runs--) {
    for (int32_t group = 0; group < dot->groups; group++) {
      for (int32_t i = 0; i < TD_DOT_PIXELS; i++) {
        const int32_t product = td_packed_dot_group(input + i * dot->stride, dot->weights);
        dot->sums[i] = td_wrapping_add(dot->sums[i], product);
      }
      dot->weights += 4;
      input += 4;
    }
    input += dot->gap;
  }
}

#endif
#endif
