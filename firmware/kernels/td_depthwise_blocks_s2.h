/* The blocks of the 3x3 depthwise kernels with stride 2. */
#ifndef TD_DEPTHWISE_BLOCKS_S2_H
#define TD_DEPTHWISE_BLOCKS_S2_H

#include "td_depthwise_grid.h"

#if TD_DSP
/* clang-format off */

/* W (in r3) is the first or the last of the two pairs under a row of an output's window. */
#define HEAD(acc, head, from) "smlad " acc ", r3, " head ", " from "\n"
#define TAIL_0(acc, from) "smlabb " acc ", r3, r7, " from "\n"
#define TAIL_1(acc, from) "smlabt " acc ", r3, r7, " from "\n"
#define TAIL_2(acc, from) "smlabb " acc ", r3, r8, " from "\n"

/* Blocks of 2x2 outputs: r11, r12 above r2, r10; the bias waits in r2. r9 is one pair beyond lr. */
TD_GRID_ROUTINE(blocks_2x2) {
  __asm(TD_GRID_ENTER("ldr r9, [sp, #16]\n add r9, lr\n")
        "ldr r3, [r0]\n" HEAD("r11", "r4", "r2")
        "ldr r3, [lr]\n" HEAD("r12", "r4", "r2") TAIL_0("r11", "r11")
        "ldr r3, [r9]\n" TAIL_0("r12", "r12")
        "ldr r3, [r0, #16]\n" HEAD("r11", "r5", "r11")
        "ldr r3, [lr, #16]\n" HEAD("r12", "r5", "r12") TAIL_1("r11", "r11")
        "ldr r3, [r9, #16]\n" TAIL_1("r12", "r12")
        "ldr r3, [lr, #32]\n" HEAD("r12", "r6", "r12") TAIL_2("r11", "r11") HEAD("r10", "r4", "r2") TAIL_0("r2", "r2")
        "ldr r3, [r0, #32]\n" HEAD("r11", "r6", "r11") HEAD("r2", "r4", "r2")
        "ldr r3, [r9, #32]\n" TAIL_2("r12", "r12") TAIL_0("r10", "r10")
        "ldr r3, [r0, #48]\n" HEAD("r2", "r5", "r2")
        "ldr r3, [lr, #48]\n" HEAD("r10", "r5", "r10") TAIL_1("r2", "r2")
        "ldr r3, [r9, #48]\n" TAIL_1("r10", "r10")
        "ldr r3, [r0, #64]\n" HEAD("r2", "r6", "r2")
        "ldr r3, [lr, #64]\n" HEAD("r10", "r6", "r10") TAIL_2("r2", "r2")
        "ldr r3, [r9, #64]\n" TAIL_2("r10", "r10")
        TD_GRID_SCALE TD_ACC("r2") TD_ACC("r10") TD_ACC("r11") TD_ACC("r12")
        TD_GRID_CLAMP_4 TD_GRID_NEIGHBOURS TD_PUT("r10", "lr, r3") TD_PUT("r2", "lr") TD_PUT("r12", "r1, r3") TD_PUT("r11", "r1")
        TD_GRID_LEAVE("add r9, r10\n"));
}

/* Blocks of 2x1 outputs, for the last column of an odd width. */
TD_GRID_ROUTINE(blocks_2x1) {
  __asm(TD_GRID_ENTER("")
        "ldr r3, [r0]\n" HEAD("r11", "r4", "r2")
        "ldr r3, [lr]\n" TAIL_0("r11", "r11")
        "ldr r3, [r0, #16]\n" HEAD("r11", "r5", "r11")
        "ldr r3, [lr, #16]\n" TAIL_1("r11", "r11")
        "ldr r3, [r0, #32]\n" HEAD("r11", "r6", "r11") HEAD("r2", "r4", "r2")
        "ldr r3, [lr, #32]\n" TAIL_2("r11", "r11") TAIL_0("r2", "r2")
        "ldr r3, [r0, #48]\n" HEAD("r2", "r5", "r2")
        "ldr r3, [lr, #48]\n" TAIL_1("r2", "r2")
        "ldr r3, [r0, #64]\n" HEAD("r2", "r6", "r2")
        "ldr r3, [lr, #64]\n" TAIL_2("r2", "r2")
        TD_GRID_SCALE TD_ACC("r2") TD_ACC("r11")
        TD_GRID_CLAMP_2 TD_GRID_NEIGHBOURS TD_PUT("r2", "lr") TD_PUT("r11", "r1")
        TD_GRID_LEAVE(""));
}

/* clang-format on */
#else
/* The outputs of a block in two rows, one or two in each; inlined for either. */
__attribute__((always_inline)) static inline void blocks(const uint32_t *planes, int8_t *output,
                                                         const td_depthwise_channel *from,
                                                         const td_depthwise_walk *walk,
                                                         int32_t columns) {
  const td_depthwise_channel channel = *from;
  const int32_t pair = walk->pair / 4;
  const int32_t below = walk->below;
  const int32_t right = walk->right;
  const int32_t last[3] = {td_low(channel.tail[0]), td_high(channel.tail[0]),
                           td_low(channel.tail[1])};
  int32_t w[9];
#pragma GCC unroll 3
  for (int32_t j = 0; j < 3; j++) {
    w[3 * j] = td_low(channel.head[j]);
    w[3 * j + 1] = td_high(channel.head[j]);
    w[3 * j + 2] = last[j];
  }
  for (int32_t line = 0; line < walk->lines; line++) {
    for (int32_t block = 0; block < walk->blocks; block++) {
      int32_t acc[4] = {channel.bias, channel.bias, channel.bias, channel.bias};
#pragma GCC unroll 5
      for (int32_t row = 0; row < 5; row++) {
        const uint32_t w0 = planes[4 * row];
        const uint32_t w1 = planes[4 * row + pair];
        const uint32_t w2 = columns == 2 ? planes[4 * row + 2 * pair] : 0;
        const int32_t a[5] = {td_low(w0), td_high(w0), td_low(w1), td_high(w1), td_low(w2)};
#pragma GCC unroll 4
        for (int32_t i = 0; i < 4; i++) { /* output i: its row is i / 2, its column i % 2 */
          const int32_t *const taps = w + 3 * (row - 2 * (i / 2));
          const int32_t *const at = a + 2 * (i % 2);
          if (i % 2 < columns && row - 2 * (i / 2) >= 0 && row - 2 * (i / 2) < 3) {
            acc[i] += at[0] * taps[0] + at[1] * taps[1] + at[2] * taps[2];
          }
        }
      }
      if (columns == 2) {
        output[below + right] = td_depthwise_output(&channel, acc[3]);
      }
      output[below] = td_depthwise_output(&channel, acc[2]);
      if (columns == 2) {
        output[right] = td_depthwise_output(&channel, acc[1]);
      }
      output[0] = td_depthwise_output(&channel, acc[0]);
      output += walk->output_step;
      planes += walk->plane_step / 4;
    }
    output += walk->output_line;
    planes += walk->plane_line / 4;
  }
}

static void blocks_2x2(const uint32_t *planes, int8_t *output, const td_depthwise_channel *channel,
                       const td_depthwise_walk *walk) {
  blocks(planes, output, channel, walk, 2);
}

static void blocks_2x1(const uint32_t *planes, int8_t *output, const td_depthwise_channel *channel,
                       const td_depthwise_walk *walk) {
  blocks(planes, output, channel, walk, 1);
}
#endif

#endif
