/* Rows of depthwise outputs for windows of 3x3 with stride 1, with M-profile vector instructions:
 * four neighbours at a time, in four, two rows or one. A row of the plane is loaded once for the
 * rows of outputs that it is in. */
#ifndef TD_MVE_DEPTHWISE_3X3_H
#define TD_MVE_DEPTHWISE_3X3_H

#include <stdint.h>

/* What a channel has, as the loops take it. */
typedef struct {
  int32_t taps[9]; /* column by column */
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
  int32_t linear;
  uint16_t places[8]; /* of outputs: two rows, pixel by pixel */
  uint32_t single[4]; /* and of one row */
} td_mve_depthwise_channel;

/* Rows of the plane, two more than of outputs; the loops load its members at once. */
typedef struct {
  const int8_t *rows[6];
  td_mve_depthwise_channel *channel;
  int8_t *outputs[2]; /* two rows are in each */
  int32_t step;       /* from four outputs to the next */
  int32_t count;      /* of outputs in a row; twice that for two rows and more */
} td_mve_depthwise_rows;

#define TD_MVE_ROW(row, step, products) "vldrb.s32 q4, [" row "], #" step "\n\t" products
#define TD_MVE_ADD(sum, tap) "vmla.s32 " sum ", q4, " tap "\n\t"
/* The first product of a sum in the first column begins it. */
#define TD_MVE_NEW(sum) "vmul.i32 " sum ", q4, r6\n\t"
#define TD_MVE_OLD(sum) TD_MVE_ADD(sum, "r6")

#define TD_MVE_COLUMN_4(first, step)                                                               \
  "ldm r9!, {r6, r7, r8}\n\t" TD_MVE_ROW("r0", step, first("q0"))                                  \
      TD_MVE_ROW("r1", step, TD_MVE_ADD("q0", "r7") first("q1"))                                   \
          TD_MVE_ROW("r2", step, TD_MVE_ADD("q0", "r8") TD_MVE_ADD("q1", "r7") first("q2"))        \
              TD_MVE_ROW("r3", step, TD_MVE_ADD("q1", "r8") TD_MVE_ADD("q2", "r7") first("q3"))    \
                  TD_MVE_ROW("r4", step, TD_MVE_ADD("q2", "r8") TD_MVE_ADD("q3", "r7"))            \
                      TD_MVE_ROW("r5", step, TD_MVE_ADD("q3", "r8"))
#define TD_MVE_COLUMN_2(first, step)                                                               \
  "ldm r9!, {r6, r7, r8}\n\t" TD_MVE_ROW("r0", step, first("q0"))                                  \
      TD_MVE_ROW("r1", step, TD_MVE_ADD("q0", "r7") first("q1"))                                   \
          TD_MVE_ROW("r2", step, TD_MVE_ADD("q0", "r8") TD_MVE_ADD("q1", "r7"))                    \
              TD_MVE_ROW("r3", step, TD_MVE_ADD("q1", "r8"))
#define TD_MVE_COLUMN_1(first, step)                                                               \
  "ldm r9!, {r6, r7, r8}\n\t" TD_MVE_ROW("r0", step, first("q0"))                                  \
      TD_MVE_ROW("r1", step, TD_MVE_ADD("q0", "r7"))                                               \
          TD_MVE_ROW("r2", step, TD_MVE_ADD("q0", "r8"))

/* Bias and multiplier; r8 has the shift. */
#define TD_MVE_SCALE(q) "vadd.i32 " q ", " q ", r6\n\tvqrdmulh.s32 " q ", " q ", r7\n\t"
/* Lets ties below zero go down. */
#define TD_MVE_FIX(q) "vshr.s32 q4, " q ", #31\n\tvadd.i32 " q ", " q ", q4\n\t"
#define TD_MVE_SHIFT(q) "vrshl.s32 " q ", r8\n\t"
#define TD_MVE_ZERO_POINT(q) "vqadd.s16 " q ", " q ", r6\n\tvqmovnb.s16 " q ", " q "\n\t"
#define TD_MVE_TWO(a, b) "vqmovnb.s32 " a ", " a "\n\tvqmovnt.s32 " a ", " b "\n\t"

/* A loop over fours of outputs; the last one's missing elements are left out by the loop itself. */
#define TD_MVE_DEPTHWISE(name, elements, places, column, scale, fix, finish)                       \
  static __attribute__((naked, noinline)) void name(const td_mve_depthwise_rows *rows) {           \
    (void)rows;                                                                                    \
    __asm volatile("push {r4-r11, lr}\n\t"                                                         \
                   "vpush {d8-d11}\n\t"                                                            \
                   "ldm r0, {r0-r5, r9-r12, lr}\n\t"                                               \
                   "vldrw.u32 q5, [r9, #" places "]\n\t"                                           \
                   "dlstp." elements " lr, lr\n"                                                   \
                   "1:\n\t" column(TD_MVE_NEW, "1") column(TD_MVE_OLD, "1") column(                \
                       TD_MVE_OLD, "2") "ldm r9!, {r6, r7, r8}\n\t" scale "ldrd r6, r7, [r9]\n\t"  \
                                        "cbz r7, 2f\n\t" fix "2:\n\t" finish "sub r9, #48\n\t"     \
                                        "letp lr, 1b\n\t"                                          \
                                        "vpop {d8-d11}\n\t"                                        \
                                        "pop {r4-r11, pc}");                                       \
  }

TD_MVE_DEPTHWISE(td_mve_depthwise_4_rows, "16", "56", TD_MVE_COLUMN_4,
                 TD_MVE_SCALE("q0") TD_MVE_SCALE("q1") TD_MVE_SCALE("q2") TD_MVE_SCALE("q3"),
                 TD_MVE_FIX("q0") TD_MVE_FIX("q1") TD_MVE_FIX("q2") TD_MVE_FIX("q3"),
                 TD_MVE_SHIFT("q0") TD_MVE_SHIFT("q1") TD_MVE_SHIFT("q2") TD_MVE_SHIFT("q3")
                     TD_MVE_TWO("q0", "q1") TD_MVE_TWO("q2", "q3") TD_MVE_ZERO_POINT("q0")
                         TD_MVE_ZERO_POINT("q2") "vstrb.16 q0, [r10, q5]\n\t"
                                                 "vstrb.16 q2, [r11, q5]\n\t"
                                                 "add r10, r12\n\t"
                                                 "add r11, r12\n\t")
TD_MVE_DEPTHWISE(td_mve_depthwise_2_rows, "16", "56", TD_MVE_COLUMN_2,
                 TD_MVE_SCALE("q0") TD_MVE_SCALE("q1"), TD_MVE_FIX("q0") TD_MVE_FIX("q1"),
                 TD_MVE_SHIFT("q0") TD_MVE_SHIFT("q1") TD_MVE_TWO("q0", "q1")
                     TD_MVE_ZERO_POINT("q0") "vstrb.16 q0, [r10, q5]\n\t"
                                             "add r10, r12\n\t")
TD_MVE_DEPTHWISE(
    td_mve_depthwise_1_row, "32", "72", TD_MVE_COLUMN_1, TD_MVE_SCALE("q0"), TD_MVE_FIX("q0"),
    TD_MVE_SHIFT("q0") "vqmovnb.s32 q0, q0\n\t" TD_MVE_ZERO_POINT("q0") "vstrb.32 q0, [r10, q5]\n\t"
                                                                        "add r10, r12\n\t")

#endif
