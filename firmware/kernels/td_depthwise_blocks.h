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
  __asm(TD_GRID_ENTER
        "ldr r3, [r0]\n" FIRST("r11", "r12", "r4", "r2", "r2")
        "ldr r3, [lr]\n" SECOND("r11", "r12", "r7")
        "ldr r3, [r0, #16]\n" FIRST("r11", "r12", "r5", "r11", "r12") FIRST("r2", "r10", "r4", "r2", "r2")
        "ldr r3, [lr, #16]\n" SECOND("r11", "r12", "r8") SECOND("r2", "r10", "r7")
        "ldr r3, [r0, #32]\n" FIRST("r11", "r12", "r6", "r11", "r12") FIRST("r2", "r10", "r5", "r2", "r10")
        "ldr r3, [lr, #32]\n" SECOND("r11", "r12", "r9") SECOND("r2", "r10", "r8")
        "ldr r3, [r0, #48]\n" FIRST("r2", "r10", "r6", "r2", "r10")
        "ldr r3, [lr, #48]\n" SECOND("r2", "r10", "r9")
        TD_GRID_SCALE TD_ACC("r2") TD_ACC("r10") TD_ACC("r11") TD_ACC("r12")
        TD_GRID_NEIGHBOURS TD_PUT("r10", "lr, r3") TD_PUT("r2", "lr") TD_PUT("r12", "r1, r3") TD_PUT("r11", "r1")
        TD_GRID_LEAVE);
}

/* Blocks of 2x1 outputs, for the last column of an odd width. */
TD_GRID_ROUTINE(blocks_2x1) {
  __asm(TD_GRID_ENTER
        "ldr r3, [r0]\n" LEFT_FIRST("r11", "r4", "r2")
        "ldr r3, [lr]\n" LEFT_SECOND("r11", "r7")
        "ldr r3, [r0, #16]\n" LEFT_FIRST("r11", "r5", "r11") LEFT_FIRST("r2", "r4", "r2")
        "ldr r3, [lr, #16]\n" LEFT_SECOND("r11", "r8") LEFT_SECOND("r2", "r7")
        "ldr r3, [r0, #32]\n" LEFT_FIRST("r11", "r6", "r11") LEFT_FIRST("r2", "r5", "r2")
        "ldr r3, [lr, #32]\n" LEFT_SECOND("r11", "r9") LEFT_SECOND("r2", "r8")
        "ldr r3, [r0, #48]\n" LEFT_FIRST("r2", "r6", "r2")
        "ldr r3, [lr, #48]\n" LEFT_SECOND("r2", "r9")
        TD_GRID_SCALE TD_ACC("r2") TD_ACC("r11")
        TD_GRID_NEIGHBOURS TD_PUT("r2", "lr") TD_PUT("r11", "r1")
        TD_GRID_LEAVE);
}

/* clang-format on */
#else
/* The output in the upper or lower row and left or right column of the block at `planes`. */
static int32_t convolve(const td_depthwise_channel *channel, const uint32_t *planes, int32_t pair,
                        int32_t below, int32_t right) {
  const uint32_t *plane = planes + 4 * below;
  const uint32_t *next = plane + pair / 4;
  int32_t acc = channel->bias;
  for (int32_t j = 0; j < 3; j++) {
    const uint32_t w0 = plane[4 * j];
    const uint32_t w1 = next[4 * j];
    const uint32_t head = channel->head[j];
    const int32_t last = td_low(channel->tail[j]);
    if (right) {
      acc += td_high(w0) * td_low(head) + td_low(w1) * td_high(head) + td_high(w1) * last;
    } else {
      acc += td_low(w0) * td_low(head) + td_high(w0) * td_high(head) + td_low(w1) * last;
    }
  }
  return acc;
}

static void blocks(const uint32_t *planes, int8_t *output, const td_depthwise_channel *channel,
                   const td_depthwise_walk *walk, int32_t columns) {
  for (int32_t line = 0; line < walk->lines; line++) {
    for (int32_t block = 0; block < walk->blocks; block++) {
      for (int32_t k = 2 * columns - 1; k >= 0; k--) {
        const int32_t below = k / columns;
        const int32_t right = k % columns;
        const int32_t acc = convolve(channel, planes, walk->pair, below, right);
        output[below * walk->below + right * walk->right] = td_depthwise_output(channel, acc);
      }
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
