#include "td_depthwise_3x3_s8.h"

#include "td_depthwise_record.h"
#include "td_planar.h"

#if TD_DSP
/* What a row of pairs W0 (in r3) and, one pair further, W1 adds to an output row of the block: the
 * left output gets W0.w_0,w_1 + low W1.w_2, the right one high W0.w_0 + W1.w_1,w_2. */
#define FIRST(left, right, head, from_left, from_right)                                            \
  "smlatb " right ", r3, " head ", " from_right "\n smlad " left ", r3, " head ", " from_left "\n"
#define SECOND(left, right, tail)                                                                  \
  "smlabb " left ", r3, " tail ", " left "\n smladx " right ", r3, " tail ", " right "\n"

/* Blocks of 2x2 outputs: r11, r12 above r2, r10; the bias waits in r2. */
TD_GRID_ROUTINE(blocks_2x2) {
  __asm(TD_GRID_ENTER
        "ldr r3, [r0]\n" FIRST("r11", "r12", "r4", "r2", "r2") "ldr r3, [lr]\n" SECOND(
            "r11", "r12", "r7") "ldr r3, [r0, #16]\n" FIRST("r11", "r12", "r5", "r11", "r12")
            FIRST("r2", "r10", "r4", "r2", "r2") "ldr r3, [lr, #16]\n" SECOND("r11", "r12", "r8")
                SECOND("r2", "r10", "r7") "ldr r3, [r0, #32]\n" FIRST("r11", "r12", "r6", "r11",
                                                                      "r12")
                    FIRST("r2", "r10", "r5", "r2", "r10") "ldr r3, [lr, #32]\n" SECOND("r11", "r12",
                                                                                       "r9")
                        SECOND("r2", "r10", "r8") "ldr r3, [r0, #48]\n" FIRST(
                            "r2", "r10", "r6", "r2",
                            "r10") "ldr r3, [lr, #48]\n" SECOND("r2", "r10", "r9")
                            TD_GRID_SCALE TD_ACC("r2") TD_ACC("r10") TD_ACC("r11") TD_ACC("r12")
                                TD_GRID_NEIGHBOURS TD_PUT("r10", "lr, r3") TD_PUT("r2", "lr")
                                    TD_PUT("r12", "r1, r3") TD_PUT("r11", "r1") TD_GRID_LEAVE);
}

/* Blocks of 2x1 outputs, for the last column of an odd width. */
TD_GRID_ROUTINE(blocks_2x1) {
#define LEFT_FIRST(left, head, from) "smlad " left ", r3, " head ", " from "\n"
#define LEFT_SECOND(left, tail) "smlabb " left ", r3, " tail ", " left "\n"
  __asm(TD_GRID_ENTER "ldr r3, [r0]\n" LEFT_FIRST("r11", "r4", "r2") "ldr r3, [lr]\n" LEFT_SECOND(
      "r11", "r7") "ldr r3, [r0, #16]\n" LEFT_FIRST("r11", "r5", "r11")
            LEFT_FIRST("r2", "r4", "r2") "ldr r3, [lr, #16]\n" LEFT_SECOND("r11", "r8")
                LEFT_SECOND("r2", "r7") "ldr r3, [r0, #32]\n" LEFT_FIRST("r11", "r6", "r11")
                    LEFT_FIRST("r2", "r5", "r2") "ldr r3, [lr, #32]\n" LEFT_SECOND("r11", "r9")
                        LEFT_SECOND("r2", "r8") "ldr r3, [r0, #48]\n" LEFT_FIRST(
                            "r2", "r6", "r2") "ldr r3, [lr, #48]\n" LEFT_SECOND("r2", "r9")
                            TD_GRID_SCALE TD_ACC("r2") TD_ACC("r11")
                                TD_GRID_NEIGHBOURS TD_PUT("r2", "lr") TD_PUT("r11", "r1")
                                    TD_GRID_LEAVE);
}
#else
/* The output in the left or right column whose window's first row of pairs lies at `plane`. */
static int32_t convolve(const td_depthwise_channel *channel, const uint32_t *plane, int32_t pair,
                        int32_t right) {
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
        output[below * walk->below + right * walk->right] =
            td_depthwise_output(channel, convolve(channel, planes + 4 * below, walk->pair, right));
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

static int32_t even(int32_t rows) {
  return (rows + 1) / 2 * 2;
}

/* Blocks of one shape in a strip, and where its first one lies. */
typedef struct {
  td_depthwise_walk walk;
  int32_t columns;
  int32_t output;
  int32_t plane; /* in words */
} part;

/* Divides a strip of `rows` output rows into at most four parts; returns how many. A row that is
 * left over makes blocks of twice that row; of three rows the middle one is made twice. */
static int32_t divide(const td_depthwise_3x3_s8_params *p, int32_t rows, int32_t pair,
                      part *parts) {
  const int32_t row_bytes = p->output_width * p->channels;
  int32_t count = 0;
  for (int32_t y = 0; y < rows;) {
    const int32_t step = rows == 3 ? 1 : 2;
    const int32_t blocks = y + 1 == rows ? 1 : (rows - y) / step - (rows == 3);
    for (int32_t columns = 2; columns > 0; columns--) {
      const int32_t x = columns == 2 ? 0 : p->output_width / 2 * 2;
      const int32_t across = columns == 2 ? p->output_width / 2 : p->output_width - x;
      part *next = &parts[count];
      if (across == 0) {
        continue;
      }
      next->columns = columns;
      next->output = y * row_bytes + x * p->channels;
      next->plane = (y * TD_PLANAR_ROW_BYTES + x / 2 * pair) / 4;
      next->walk.right = p->channels;
      next->walk.below = y + 1 == rows ? 0 : row_bytes;
      next->walk.pair = pair;
      td_depthwise_steps(&next->walk, blocks, across, step * row_bytes, 2 * p->channels,
                         step * TD_PLANAR_ROW_BYTES, pair);
      count++;
    }
    y = rows == 3 ? 3 : y + 2 * blocks;
  }
  return count;
}

void td_depthwise_3x3_s8(const td_depthwise_3x3_s8_params *p, const int8_t *input,
                         const uint8_t *filter, int8_t *output, void *scratch) {
  const td_planar planar = {p->input_height,        p->input_width, p->channels,
                            p->input_zero,          p->pad_left,    (p->output_width + 1) / 2 + 1,
                            even(p->strip_rows) + 2};
  uint32_t *planes = (uint32_t *)scratch;
  int32_t parts_rows = 0;
  int32_t part_count = 0;
  part parts[4];
  /* What one strip leaves outside the image stays so for all channels. */
  const int cleared = p->strip_rows >= p->output_height;
  if (cleared) {
    td_planar_clear(&planar, planes);
  }
  for (int32_t c = 0; c < p->channels;) {
    const int32_t left = p->channels - c;
    const int32_t count = left < 4 ? left : 4;
    /* When channels are no multiple of 4, the last group reads those before it again. */
    const int32_t skip = p->channels < 4 ? 0 : 4 - count;
    const uint8_t *record = filter;
    for (int32_t y = 0; y < p->output_height; y += p->strip_rows) {
      const int32_t room = p->output_height - y;
      const int32_t rows = room < p->strip_rows ? room : p->strip_rows;
      const int32_t kept = y == 0 ? 0 : 2;
      if (rows != parts_rows) {
        part_count = divide(p, rows, planar.rows * TD_PLANAR_ROW_BYTES, parts);
        parts_rows = rows;
      }
      if (kept > 0) {
        td_planar_keep(&planar, p->strip_rows, kept, planes);
      }
      td_planar_copy(&planar, input + c - skip, y - p->pad_top + kept, rows + 2 - kept, kept,
                     cleared, planes);
      record = filter;
      for (int32_t k = 0; k < count; k++) {
        const int32_t first = y * p->output_width * p->channels + c + k;
        td_depthwise_channel channel;
        record = td_depthwise_unpack(record, p->weight_shift, p->wide, &channel);
        channel.rounding += p->rounding;
        channel.tail[2] = td_pack_ends(channel.tail[1], channel.head[2]);
        channel.tail[1] = td_pack_ends(channel.tail[0] >> 16, channel.head[1]);
        channel.tail[0] = td_pack_ends(channel.tail[0], channel.head[0]);
        for (int32_t i = 0; i < part_count; i++) {
          (parts[i].columns == 2 ? blocks_2x2 : blocks_2x1)(planes + skip + k + parts[i].plane,
                                                            output + first + parts[i].output,
                                                            &channel, &parts[i].walk);
        }
      }
    }
    filter = record;
    c += count;
  }
}
