/* The inner routine of the depthwise kernels for any window: blocks of four outputs of one channel,
 * two side by side and two more at a distance, in lines.
 *
 * A word of the planes is met by two words of weights: the left output's, and the right output's
 * with zeros where the window does not reach. Outputs that do not exist repeat others, at a
 * distance of 0: they are put first. The routine in assembly reads the members in their order;
 * steps are in bytes. */
#ifndef TD_DEPTHWISE_WINDOW_BLOCKS_H
#define TD_DEPTHWISE_WINDOW_BLOCKS_H

#include "td_depthwise_grid.h"
#include "td_depthwise_window.h"
#include "td_planar.h"

typedef struct {
  int32_t multiplier;
  int32_t rounding;
  int32_t negative_rounding;
  uint32_t low; /* the activation's bounds, twice */
  uint32_t high;
  const uint32_t *weights; /* [outer][inner][2] */
  int32_t bias;
  const uint32_t *weights_end;
  int32_t next;         /* in the planes, from the end of an inner run to the start of the next */
  int32_t output_right; /* from an output to that at its side */
  int32_t output_apart; /* to the other two */
  int32_t output_step;  /* from block to block */
  int32_t plane_step;
  int32_t line_bytes;  /* in the planes, of all blocks of a line */
  int32_t output_line; /* from the end of a line to the start of the next */
  int32_t plane_line;
  int32_t lines;
  int32_t entry; /* inner runs down rows: TD_WINDOW_ROWS less their length; else past all of them */
  int32_t along; /* from word to word when inner runs go along rows */
  int32_t apart; /* in the planes, from the first two outputs' window to the others' */
  /* so far for the routine in assembly */
  int32_t inner; /* words in an inner run */
  int32_t down;  /* whether inner runs go down rows */
} td_window_walk;

#if TD_DSP
/* clang-format off */

#define TD_WINDOW_HALF "smlad r8, r7, r2, r8\n smlad r9, r7, r3, r9\n"
#define TD_WINDOW_OTHER "smlad r10, r6, r2, r10\n smlad r11, r6, r3, r11\n"
/* 28 bytes */
#define TD_WINDOW_DOWN "ldrd r2, r3, [r5], #8\n ldr.w r6, [r4, lr]\n ldr.w r7, [r4], #16\n" \
  TD_WINDOW_HALF TD_WINDOW_OTHER
/* 32 bytes */
#define TD_WINDOW_ALONG "ldrd r2, r3, [r5], #8\n ldr.w r6, [r4, lr]\n ldr.w r7, [r4]\n add.w r4, r4, r12\n" \
  TD_WINDOW_HALF TD_WINDOW_OTHER

#if TD_DW_LINEAR
#define TD_WINDOW_ACC(acc) \
  "cmp " acc ", #0\n ite ge\n smmlage " acc ", " acc ", r2, r3\n smmlalt " acc ", " acc ", r2, r4\n"
#define TD_WINDOW_LOAD "ldrd r2, r3, [sp]\n ldr r4, [sp, #8]\n"
#else
#define TD_WINDOW_ACC(acc) "smmla " acc ", " acc ", r2, r3\n"
#define TD_WINDOW_LOAD "ldrd r2, r3, [sp]\n"
#endif
#define TD_WINDOW_SATURATE(acc) "ssat " acc ", #8, " acc ", asr #12\n"
#if TD_DW_CLAMP
#define TD_WINDOW_PAIR(first, second) \
  "pkhbt " first ", " first ", " second ", lsl #16\n" \
  "ssub16 r4, " first ", r2\n sel " first ", " first ", r2\n" \
  "ssub16 r4, r3, " first "\n sel " first ", " first ", r3\n" \
  "lsr " second ", " first ", #16\n"
#define TD_WINDOW_CLAMP "ldrd r2, r3, [sp, #12]\n" TD_WINDOW_PAIR("r8", "r9") TD_WINDOW_PAIR("r10", "r11")
#else
#define TD_WINDOW_CLAMP
#endif

/* r0: planes, r1: output, sp: the walk, but with the address of the first step for `entry` and, above that, the
 * end of the line. r4 walks through the planes, r5 through the weights, r2, r3 are weights, r6, r7 planes, r8-r11
 * accumulate, r12 is `along`, lr `apart`. */
__attribute__((naked, noinline)) static void convolve_blocks(
    __attribute__((unused)) const uint32_t *planes, __attribute__((unused)) int8_t *output,
    __attribute__((unused)) const td_window_walk *walk) {
  __asm("push {r4-r11, lr}\n"
        "sub sp, #4\n"
        "add r2, #40\n"
        "ldm r2!, {r3-r12}\n"
        "push {r3-r12}\n"
        "sub r2, #80\n"
        "ldm r2!, {r3-r12}\n"
        "push {r3-r12}\n"
        "ldr lr, [r2, #36]\n"
        "ldr r12, [r2, #32]\n"
        "ldr r3, [sp, #68]\n"
        "adr.w r4, 3f\n"
        "add r3, r4\n"
        "orr r3, #1\n"
        "str r3, [sp, #68]\n"
        "0:\n"
        "ldr r3, [sp, #52]\n"
        "add r3, r0\n"
        "str r3, [sp, #72]\n"
        "1:\n"
        "ldrd r5, r8, [sp, #20]\n"
        "mov r4, r0\n"
        "mov r9, r8\n"
        "mov r10, r8\n"
        "mov r11, r8\n"
        "2:\n"
        "ldr pc, [sp, #68]\n"
        ".balign 4\n"
        "3:\n"
        TD_WINDOW_DOWN TD_WINDOW_DOWN TD_WINDOW_DOWN TD_WINDOW_DOWN TD_WINDOW_DOWN TD_WINDOW_DOWN TD_WINDOW_DOWN
        "b.w 4f\n"
        TD_WINDOW_ALONG TD_WINDOW_ALONG TD_WINDOW_ALONG TD_WINDOW_ALONG
        TD_WINDOW_ALONG TD_WINDOW_ALONG TD_WINDOW_ALONG TD_WINDOW_ALONG
        "4:\n"
        "ldrd r2, r3, [sp, #28]\n"
        "add r4, r3\n"
        "cmp r5, r2\n"
        "bne 2b\n"
        TD_WINDOW_LOAD
        TD_WINDOW_ACC("r8") TD_WINDOW_ACC("r9") TD_WINDOW_ACC("r10") TD_WINDOW_ACC("r11")
        TD_WINDOW_SATURATE("r8") TD_WINDOW_SATURATE("r9") TD_WINDOW_SATURATE("r10") TD_WINDOW_SATURATE("r11")
        TD_WINDOW_CLAMP
        "ldrd r2, r3, [sp, #36]\n"
        "add r3, r1\n"
        "strb r11, [r3, r2]\n"
        "strb r10, [r3]\n"
        "strb r9, [r1, r2]\n"
        "strb r8, [r1]\n"
        "ldrd r2, r3, [sp, #44]\n"
        "ldr r4, [sp, #72]\n"
        "add r1, r2\n"
        "add r0, r3\n"
        "cmp r0, r4\n"
        "bne.w 1b\n"
        "ldrd r2, r3, [sp, #56]\n"
        "add r1, r2\n"
        "add r0, r3\n"
        "ldr r2, [sp, #64]\n"
        "subs r2, #1\n"
        "str r2, [sp, #64]\n"
        "bne.w 0b\n"
        "add sp, #84\n"
        "pop {r4-r11, pc}\n");
}
/* clang-format on */
#else
static int8_t requantize(const td_window_walk *l, int32_t acc) {
  const int32_t rounding = TD_DW_LINEAR && acc < 0 ? l->negative_rounding : l->rounding;
  const int32_t value = (td_high_word(acc, l->multiplier) + rounding) >> TD_DW_SHIFT;
  const int32_t low = TD_DW_CLAMP ? td_low(l->low) : INT8_MIN;
  const int32_t top = TD_DW_CLAMP ? td_low(l->high) : INT8_MAX;
  return (int8_t)(value < low ? low : (value > top ? top : value));
}

static void convolve_blocks(const uint32_t *planes, int8_t *output, const td_window_walk *walk) {
  const td_window_walk l = *walk;
  const int32_t word = (l.down ? TD_PLANAR_ROW_BYTES : l.along) / 4;
  for (int32_t n = 0; n < l.lines; n++) {
    const uint32_t *const end = planes + l.line_bytes / 4;
    do {
      int32_t acc[4] = {l.bias, l.bias, l.bias, l.bias};
      const uint32_t *plane = planes;
      for (const uint32_t *w = l.weights; w != l.weights_end; plane += l.next / 4) {
        for (int32_t k = 0; k < l.inner; k++, w += 2) {
          const uint32_t first = plane[0];
          const uint32_t other = plane[l.apart / 4];
          acc[0] = td_smlad(first, w[0], acc[0]);
          acc[1] = td_smlad(first, w[1], acc[1]);
          acc[2] = td_smlad(other, w[0], acc[2]);
          acc[3] = td_smlad(other, w[1], acc[3]);
          plane += word;
        }
      }
      output[l.output_apart + l.output_right] = requantize(&l, acc[3]);
      output[l.output_apart] = requantize(&l, acc[2]);
      output[l.output_right] = requantize(&l, acc[1]);
      output[0] = requantize(&l, acc[0]);
      output += l.output_step;
      planes += l.plane_step / 4;
    } while (planes != end);
    output += l.output_line;
    planes += l.plane_line / 4;
  }
}
#endif

#endif
