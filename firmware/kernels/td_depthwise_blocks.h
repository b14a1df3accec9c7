/* The blocks of the 3x3 depthwise kernels with stride 1. */
#ifndef TD_DEPTHWISE_BLOCKS_H
#define TD_DEPTHWISE_BLOCKS_H

#include "td_depthwise_grid.h"

#if TD_DSP
/* clang-format off */

/* What a row of pairs W0 (in r3) and, one pair further, W1 adds to an output row of the block: the left
 * output gets W0.w_0,w_1 + low W1.w_2, the right one high W0.w_0 + W1.w_1,w_2. */
#define FIRST(left, right, head, from_left, from_right) \
  "smlatb " right ", r3, " head ", " from_right "\n smlad " left ", r3, " head ", " from_left "\n"
#define SECOND(left, right, tail) \
  "smlabb " left ", r3, " tail ", " left "\n smladx " right ", r3, " tail ", " right "\n"
#define LEFT_FIRST(left, head, from) "smlad " left ", r3, " head ", " from "\n"
#define LEFT_SECOND(left, tail) "smlabb " left ", r3, " tail ", " left "\n"

/* Blocks of 2x2 outputs: r11, r12 above r2, r10; the bias waits in r2. */
TD_GRID_ROUTINE(blocks_2x2) {
  __asm(TD_GRID_ENTER("")
        "ldr r3, [r0]\n" FIRST("r11", "r12", "r4", "r2", "r2")
        "ldr r3, [lr]\n" SECOND("r11", "r12", "r7")
        "ldr r3, [r0, #16]\n" FIRST("r11", "r12", "r5", "r11", "r12") FIRST("r2", "r10", "r4", "r2", "r2")
        "ldr r3, [lr, #16]\n" SECOND("r11", "r12", "r8") SECOND("r2", "r10", "r7")
        "ldr r3, [r0, #32]\n" FIRST("r11", "r12", "r6", "r11", "r12") FIRST("r2", "r10", "r5", "r2", "r10")
        "ldr r3, [lr, #32]\n" SECOND("r11", "r12", "r9") SECOND("r2", "r10", "r8")
        "ldr r3, [r0, #48]\n" FIRST("r2", "r10", "r6", "r2", "r10")
        "ldr r3, [lr, #48]\n" SECOND("r2", "r10", "r9")
        TD_GRID_SCALE TD_ACC("r2") TD_ACC("r10") TD_ACC("r11") TD_ACC("r12")
        TD_GRID_CLAMP_4 TD_GRID_NEIGHBOURS TD_PUT("r10", "lr, r3") TD_PUT("r2", "lr") TD_PUT("r12", "r1, r3") TD_PUT("r11", "r1")
        TD_GRID_LEAVE(""));
}

/* Blocks of 2x1 outputs, for the last column of an odd width. */
TD_GRID_ROUTINE(blocks_2x1) {
  __asm(TD_GRID_ENTER("")
        "ldr r3, [r0]\n" LEFT_FIRST("r11", "r4", "r2")
        "ldr r3, [lr]\n" LEFT_SECOND("r11", "r7")
        "ldr r3, [r0, #16]\n" LEFT_FIRST("r11", "r5", "r11") LEFT_FIRST("r2", "r4", "r2")
        "ldr r3, [lr, #16]\n" LEFT_SECOND("r11", "r8") LEFT_SECOND("r2", "r7")
        "ldr r3, [r0, #32]\n" LEFT_FIRST("r11", "r6", "r11") LEFT_FIRST("r2", "r5", "r2")
        "ldr r3, [lr, #32]\n" LEFT_SECOND("r11", "r9") LEFT_SECOND("r2", "r8")
        "ldr r3, [r0, #48]\n" LEFT_FIRST("r2", "r6", "r2")
        "ldr r3, [lr, #48]\n" LEFT_SECOND("r2", "r9")
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
  int32_t w[9];
#pragma GCC unroll 3
  for (int32_t j = 0; j < 3; j++) {
    w[3 * j] = td_low(channel.head[j]);
    w[3 * j + 1] = td_high(channel.head[j]);
    w[3 * j + 2] = td_low(channel.tail[j]);
  }
  for (int32_t line = 0; line < walk->lines; line++) {
    for (int32_t block = 0; block < walk->blocks; block++) {
      int32_t acc[4] = {channel.bias, channel.bias, channel.bias, channel.bias};
#pragma GCC unroll 4
      for (int32_t row = 0; row < 4; row++) {
        const uint32_t w0 = planes[4 * row];
        const uint32_t w1 = planes[4 * row + pair];
        const int32_t a[4] = {td_low(w0), td_high(w0), td_low(w1), td_high(w1)};
#pragma GCC unroll 4
        for (int32_t i = 0; i < 4; i++) { /* output i: its row is i / 2, its column i % 2 */
          const int32_t *const taps = w + 3 * (row - i / 2);
          if (i % 2 < columns && row - i / 2 >= 0 && row - i / 2 < 3) {
            acc[i] += a[i % 2] * taps[0] + a[i % 2 + 1] * taps[1] + a[i % 2 + 2] * taps[2];
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
