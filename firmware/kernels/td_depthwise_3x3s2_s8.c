#include "td_depthwise_3x3s2_s8.h"

#include "td_depthwise_record.h"
#include "td_planar.h"

#if TD_DSP
/* W (in r3) is the first or the last of the two pairs under an output's window row. */
#define FIRST(acc, head, from) "smlad " acc ", r3, " head ", " from "\n"
#define LAST_0(acc, from) "smlabb " acc ", r3, r7, " from "\n"
#define LAST_1(acc) "smlabt " acc ", r3, r7, " acc "\n"
#define LAST_2(acc) "smlabb " acc ", r3, r8, " acc "\n"

/* Blocks of 2x2 outputs: r11, r12 above r2, r10; the bias waits in r2. r9 is one pair beyond lr. */
TD_GRID_ROUTINE(blocks_2x2) {
  __asm(
      TD_GRID_ENTER
      "ldr r9, [sp, #16]\n add r9, lr\n"
      "ldr r3, [r0]\n" FIRST("r11", "r4", "r2") "ldr r3, [lr]\n" FIRST("r12", "r4", "r2")
          LAST_0("r11", "r11") "ldr r3, [r9]\n" LAST_0("r12", "r12") "ldr r3, [r0, #16]\n" FIRST(
              "r11", "r5", "r11") "ldr r3, [lr, #16]\n" FIRST("r12", "r5", "r12")
              LAST_1("r11") "ldr r3, [r9, #16]\n" LAST_1("r12") "ldr r3, [lr, #32]\n" FIRST(
                  "r12", "r6",
                  "r12") LAST_2("r11") FIRST("r10", "r4",
                                             "r2") LAST_0("r2",
                                                          "r2") "ldr r3, [r0, #32]\n" FIRST("r11",
                                                                                            "r6",
                                                                                            "r11")
                  FIRST("r2", "r4", "r2") "ldr r3, [r9, #32]\n" LAST_2("r12") LAST_0(
                      "r10",
                      "r10") "ldr r3, [r0, #48]\n" FIRST("r2", "r5",
                                                         "r2") "ldr r3, [lr, #48]\n" FIRST("r10",
                                                                                           "r5",
                                                                                           "r10")
                      LAST_1("r2") "ldr r3, [r9, #48]\n" LAST_1("r10") "ldr r3, [r0, #64]\n" FIRST(
                          "r2", "r6", "r2") "ldr r3, [lr, #64]\n" FIRST("r10", "r6", "r10")
                          LAST_2("r2") "ldr r3, [r9, #64]\n" LAST_2("r10")
                              TD_GRID_SCALE TD_ACC("r2") TD_ACC("r10") TD_ACC("r11") TD_ACC("r12")
                                  TD_GRID_NEIGHBOURS TD_PUT("r10", "lr, r3") TD_PUT("r2", "lr")
                                      TD_PUT("r12", "r1, r3") TD_PUT("r11", "r1") TD_GRID_LEAVE);
}

/* Blocks of 2x1 outputs, for the last column of an odd width. */
TD_GRID_ROUTINE(blocks_2x1) {
  __asm(
      TD_GRID_ENTER "ldr r3, [r0]\n" FIRST("r11", "r4", "r2") "ldr r3, [lr]\n" LAST_0("r11", "r11") "ldr r3, [r0, #16]\n" FIRST(
          "r11", "r5", "r11") "ldr r3, [lr, #16]\n" LAST_1("r11") "ldr r3, [r0, #32]\n" FIRST("r1"
                                                                                              "1",
                                                                                              "r6",
                                                                                              "r1"
                                                                                              "1")
          FIRST("r2", "r4", "r2") "ldr r3, [lr, #32]\n" LAST_2("r11")
              LAST_0("r2", "r2") "ldr r3, [r0, #48]\n" FIRST(
                  "r2", "r5",
                  "r2") "ldr r3, [lr, #48]\n" LAST_1("r2") "ldr r3, [r0, "
                                                           "#64]\n" FIRST(
                                                               "r2", "r6",
                                                               "r2") "ldr r3, [lr, "
                                                                     "#64]\n" LAST_2(
                                                                         "r2") TD_GRID_SCALE
                                                                         TD_ACC("r2") TD_ACC(
                                                                             "r11") TD_GRID_NEIGHBOURS
                                                                             TD_PUT("r2", "lr")
                                                                                 TD_PUT("r11", "r1")
                                                                                     TD_GRID_LEAVE);
}
#else
/* The output whose window's first pair lies at `plane`. */
static int32_t convolve(const td_depthwise_channel *channel, const uint32_t *plane, int32_t pair) {
  const uint32_t *next = plane + pair / 4;
  const uint32_t *tail = channel->tail;
  const int32_t last[3] = {td_low(tail[0]), td_high(tail[0]), td_low(tail[1])};
  int32_t acc = channel->bias;
  for (int32_t j = 0; j < 3; j++) {
    const uint32_t w0 = plane[4 * j];
    acc += td_low(w0) * td_low(channel->head[j]) + td_high(w0) * td_high(channel->head[j]);
    acc += td_low(next[4 * j]) * last[j];
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
        output[below * walk->below + right * walk->right] = td_depthwise_output(
            channel, convolve(channel, planes + 8 * below + right * (walk->pair / 4), walk->pair));
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
static int32_t divide(const td_depthwise_3x3s2_s8_params *p, int32_t rows, int32_t pair,
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
      next->plane = (2 * y * TD_PLANAR_ROW_BYTES + x * pair) / 4;
      next->walk.right = p->channels;
      next->walk.below = y + 1 == rows ? 0 : row_bytes;
      next->walk.pair = pair;
      td_depthwise_steps(&next->walk, blocks, across, step * row_bytes, 2 * p->channels,
                         2 * step * TD_PLANAR_ROW_BYTES, 2 * pair);
      count++;
    }
    y = rows == 3 ? 3 : y + 2 * blocks;
  }
  return count;
}

void td_depthwise_3x3s2_s8(const td_depthwise_3x3s2_s8_params *p, const int8_t *input,
                           const uint8_t *filter, int8_t *output, void *scratch) {
  const td_planar planar = {p->input_height,
                            p->input_width,
                            p->channels,
                            p->input_zero,
                            p->pad_left,
                            p->output_width + 1,
                            2 * even(p->strip_rows) + 1};
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
      const int32_t kept = y == 0 ? 0 : 1;
      if (rows != parts_rows) {
        part_count = divide(p, rows, planar.rows * TD_PLANAR_ROW_BYTES, parts);
        parts_rows = rows;
      }
      if (kept > 0) {
        td_planar_keep(&planar, 2 * p->strip_rows, kept, planes);
      }
      td_planar_copy(&planar, input + c - skip, 2 * y - p->pad_top + kept, 2 * rows + 1 - kept,
                     kept, cleared, planes);
      record = filter;
      for (int32_t k = 0; k < count; k++) {
        const int32_t first = y * p->output_width * p->channels + c + k;
        td_depthwise_channel channel;
        record = td_depthwise_unpack(record, p->weight_shift, p->wide, &channel);
        channel.rounding += p->rounding;
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
