#include "td_winograd_s8.h"

#include "td_dsp_dw.h"

#define TILES 4      /* at a time */
#define POSITIONS 16 /* of a transformed tile */
#define SHIFT 12     /* of every accumulator */
#define SUM_WORDS (POSITIONS * TILES * 2)

/* The tiles made at a time, and where their outputs go: in the output channel of the moment. */
typedef struct {
  int8_t *output[TILES];
  int32_t right[TILES]; /* to a tile's outputs in the second column, or 0 when it has none */
  int32_t below[TILES];
  int32_t count;
  int32_t whole; /* whether all four are there and each has four outputs */
} group;

/* One row of a tile's pixels transformed along the row, in one half of the channels of a word. */
typedef struct {
  uint32_t v[4];
} transformed;

TD_INLINE transformed transform_row(const int8_t *pixel, int32_t right, uint32_t offset, int odd) {
  uint32_t d[4];
  TD_UNROLL_4
  for (int32_t i = 0; i < 4; i++) {
    const uint32_t word = td_load_word(pixel + i * right);
    d[i] = odd ? td_sxtab16_odd(offset, word) : td_sxtab16(offset, word);
  }
  const transformed row = {
      {td_ssub16(d[0], d[2]), td_sadd16(d[1], d[2]), td_ssub16(d[2], d[1]), td_ssub16(d[1], d[3])}};
  return row;
}

TD_INLINE void put_row(uint32_t *out, transformed a, transformed b, int subtract) {
  TD_UNROLL_4
  for (int32_t i = 0; i < 4; i++) {
    out[i * TILES] = subtract ? td_ssub16(a.v[i], b.v[i]) : td_sadd16(a.v[i], b.v[i]);
  }
}

/* Two channels of a 4x4 patch, to the words `out` [16][TILES] of this tile. */
TD_INLINE void transform_half(const int8_t *patch, int32_t right, int32_t down, uint32_t offset,
                              int odd, uint32_t *out) {
  const transformed row1 = transform_row(patch + down, right, offset, odd);
  const transformed row2 = transform_row(patch + 2 * down, right, offset, odd);
  put_row(out + 4 * TILES, row1, row2, 0);
  put_row(out + 8 * TILES, row2, row1, 1);
  put_row(out, transform_row(patch, right, offset, odd), row2, 1);
  put_row(out + 12 * TILES, row1, transform_row(patch + 3 * down, right, offset, odd), 1);
}

/* All channels of a patch, to `out` [channels / 2][16][TILES]. */
static void transform(const int8_t *patch, int32_t right, int32_t down, int32_t channels,
                      uint32_t offset, uint32_t *out) {
  for (int32_t c = 0; c < channels; c += 4) {
    transform_half(patch + c, right, down, offset, 0, out);
    transform_half(patch + c, right, down, offset, 1, out + POSITIONS * TILES);
    out += 2 * POSITIONS * TILES;
  }
}

/* Copies a patch that reaches outside the image, with the zero point there. */
static void copy_patch(const td_winograd_s8_params *p, const int8_t *input, int32_t y0, int32_t x0,
                       int8_t *patch) {
  for (int32_t y = y0; y < y0 + 4; y++) {
    for (int32_t x = x0; x < x0 + 4; x++) {
      const int32_t channels = p->input_channels;
      if (y >= 0 && y < p->input_height && x >= 0 && x < p->input_width) {
        memcpy(patch, input + (y * p->input_width + x) * channels, (size_t)channels);
      } else {
        memset(patch, p->input_zero, (size_t)channels);
      }
      patch += channels;
    }
  }
}

#if TD_DSP
/* r4-r11 += the products of two pairs of channels, in four tiles (r0), with two output channels
 * (r1). */
#define STEP                                                                                       \
  "ldrd r2, r3, [r0], #8\n"                                                                        \
  "ldrd r12, lr, [r1], #8\n"                                                                       \
  "smlad r4, r2, r12, r4\n"                                                                        \
  "smlad r5, r2, lr, r5\n"                                                                         \
  "smlad r6, r3, r12, r6\n"                                                                        \
  "smlad r7, r3, lr, r7\n"                                                                         \
  "ldrd r2, r3, [r0], #248\n"                                                                      \
  "smlad r8, r2, r12, r8\n"                                                                        \
  "smlad r9, r2, lr, r9\n"                                                                         \
  "smlad r10, r3, r12, r10\n"                                                                      \
  "smlad r11, r3, lr, r11\n"
#define FIRST_STEP                                                                                 \
  "ldrd r2, r3, [r0], #8\n"                                                                        \
  "ldrd r12, lr, [r1], #8\n"                                                                       \
  "smuad r4, r2, r12\n"                                                                            \
  "smuad r5, r2, lr\n"                                                                             \
  "smuad r6, r3, r12\n"                                                                            \
  "smuad r7, r3, lr\n"                                                                             \
  "ldrd r2, r3, [r0], #248\n"                                                                      \
  "smuad r8, r2, r12\n"                                                                            \
  "smuad r9, r2, lr\n"                                                                             \
  "smuad r10, r3, r12\n"                                                                           \
  "smuad r11, r3, lr\n"

/* Sums [16][TILES][2] over all input channels; `span` is the bytes of the transformed tiles. */
__attribute__((naked, noinline)) static void multiply(__attribute__((unused)) const uint32_t *tiles,
                                                      __attribute__((unused))
                                                      const uint32_t *weights,
                                                      __attribute__((unused)) uint32_t *sums,
                                                      __attribute__((unused)) int32_t span) {
  __asm("push {r3-r11, lr}\n" /* [sp]: span */
        "sub sp, #16\n"       /* [sp, #0]: sums, #4: their end, #8: the tiles' end, #16: span */
        "add r4, r2, #512\n"
        "strd r2, r4, [sp]\n"
        "1:\n"
        "ldr r2, [sp, #16]\n"
        "add r2, r0\n"
        "str r2, [sp, #8]\n" FIRST_STEP "b 3f\n"
        "2:\n" STEP "3:\n" STEP STEP STEP "ldr r2, [sp, #8]\n"
        "cmp r0, r2\n"
        "bne 2b\n"
        "ldr r3, [sp, #16]\n"
        "sub r0, r3\n"
        "add r0, #16\n"
        "ldrd r2, r3, [sp]\n"
        "stmia r2!, {r4-r11}\n"
        "str r2, [sp]\n"
        "cmp r2, r3\n"
        "bne 1b\n"
        "add sp, #20\n"
        "pop {r4-r11, pc}\n");
}
#else
static void multiply(const uint32_t *tiles, const uint32_t *weights, uint32_t *sums, int32_t span) {
  for (int32_t i = 0; i < SUM_WORDS; i++) {
    const int32_t position = i / (2 * TILES);
    const uint32_t *a = tiles + position * TILES + i / 2 % TILES;
    const uint32_t *w = weights + position * (span / 128) + i % 2;
    uint32_t sum = 0;
    for (int32_t k = 0; k < span / 256; k++) {
      const uint32_t x = a[k * POSITIONS * TILES];
      sum += (uint32_t)(td_low(x) * td_low(w[2 * k])) + (uint32_t)(td_high(x) * td_high(w[2 * k]));
    }
    sums[i] = sum;
  }
}
#endif

/* As it lies in the filter. */
typedef struct {
  uint32_t bias;
  int32_t multiplier;
  int32_t rounding;
  int32_t correction; /* for negative accumulators */
} channel;

TD_INLINE int8_t requantize(const channel *ch, uint32_t sum, int linear) {
  const int32_t x = (int32_t)sum;
  const int32_t rounding = linear ? ch->rounding - (ch->correction & (x >> 31)) : ch->rounding;
  return (int8_t)td_ssat8_asr12(td_smmla(x, ch->multiplier, rounding));
}

/* The 2x2 outputs of a tile in one channel; `sums` [16] are 2 * TILES words apart. */
TD_INLINE void finish(const uint32_t *sums, const channel *ch, int linear, int32_t right,
                      int32_t below, int8_t *output) {
  uint32_t upper[4];
  uint32_t lower[4];
  TD_UNROLL_4
  for (int32_t j = 0; j < 4; j++) {
    const uint32_t *m = sums + j * 2 * TILES;
    const uint32_t m1 = m[8 * TILES] + (j == 1 ? ch->bias : 0);
    const uint32_t m2 = m[16 * TILES];
    upper[j] = m[0] + m1 + m2;
    lower[j] = m1 - m2 - m[24 * TILES];
  }
  output[below + right] = requantize(ch, lower[1] - lower[2] - lower[3], linear);
  output[below] = requantize(ch, lower[0] + lower[1] + lower[2], linear);
  output[right] = requantize(ch, upper[1] - upper[2] - upper[3], linear);
  output[0] = requantize(ch, upper[0] + upper[1] + upper[2], linear);
}

#if TD_DSP
/* r4-r7: the sums of the tile's outputs, r8-r11: positions 0, 4, 8, 12 of a column. */
#define COLUMN(offset0, offset1, offset2, offset3)                                                 \
  "ldr r9, [r0, #" offset1 "]\n ldr r10, [r0, #" offset2 "]\n ldr r11, [r0, #" offset3             \
  "]\n ldr r8, [r0" offset0 "\n"
#define UPPER_LOWER "add r8, r9\n add r8, r10\n sub r9, r10\n sub r9, r11\n"
#define RELU_ALL                                                                                   \
  "smmla r4, r4, r12, lr\n smmla r5, r5, r12, lr\n smmla r6, r6, r12, lr\n smmla r7, r7, r12, "    \
  "lr\n"
#define LINEAR(acc)                                                                                \
  "and r8, r9, " acc ", asr #31\n sub r8, lr, r8\n smmla " acc ", " acc ", r12, r8\n"
#define SATURATE(acc) "ssat " acc ", #8, " acc ", asr #12\n"

/* One output channel of four whole tiles. r0: sums, r1: outputs, r2 and r3: to the right and below,
 * r12: multiplier, lr: rounding; on the stack bias, the outputs' end, correction. */
#define FINISH_WHOLE(name, scale)                                                                  \
  __attribute__((naked, noinline)) static void name(                                               \
      __attribute__((unused)) const uint32_t *sums, __attribute__((unused)) int8_t **outputs,      \
      __attribute__((unused)) const channel *ch, __attribute__((unused)) const int32_t *steps) {   \
    __asm("push {r4-r11, lr}\n"                                                                    \
          "ldm r2, {r4-r7}\n"                                                                      \
          "mov r12, r5\n"                                                                          \
          "mov lr, r6\n"                                                                           \
          "add r5, r1, #16\n"                                                                      \
          "push {r4, r5, r7}\n"                                                                    \
          "ldm r3, {r2, r3}\n"                                                                     \
          "1:\n" COLUMN(", #32]", "160", "288",                                                    \
                        "416") "ldr r7, [sp]\n"                                                    \
                               "add r9, r7\n"                                                      \
                               "add r5, r8, r9\n"                                                  \
                               "add r5, r10\n"                                                     \
                               "sub r7, r9, r10\n"                                                 \
                               "sub r7, r11\n" COLUMN(", #64]", "192", "320", "448") UPPER_LOWER   \
          "add r4, r5, r8\n"                                                                       \
          "sub r5, r8\n"                                                                           \
          "add r6, r7, r9\n"                                                                       \
          "sub r7, r9\n" COLUMN(", #96]", "224", "352", "480") UPPER_LOWER                         \
          "sub r5, r8\n"                                                                           \
          "sub r7, r9\n" COLUMN("], #8", "128", "256", "384") UPPER_LOWER                          \
          "add r4, r8\n"                                                                           \
          "add r6, r9\n" scale "ldr r8, [r1]\n" SATURATE("r4") SATURATE("r5") SATURATE("r6")       \
              SATURATE("r7") "strb r4, [r8]\n"                                                     \
                             "strb r5, [r8, r2]\n"                                                 \
                             "add r9, r8, r3\n"                                                    \
                             "strb r6, [r9]\n"                                                     \
                             "strb r7, [r9, r2]\n"                                                 \
                             "add r8, #1\n"                                                        \
                             "str r8, [r1], #4\n"                                                  \
                             "ldr r9, [sp, #4]\n"                                                  \
                             "cmp r1, r9\n"                                                        \
                             "bne 1b\n"                                                            \
                             "add sp, #12\n"                                                       \
                             "pop {r4-r11, pc}\n");                                                \
  }

FINISH_WHOLE(finish_relu, RELU_ALL)
FINISH_WHOLE(finish_linear,
             "ldr r9, [sp, #8]\n" LINEAR("r4") LINEAR("r5") LINEAR("r6") LINEAR("r7"))
#endif

/* Two output channels of all tiles. An output that does not exist goes where one that does is put
 * later. */
static void finish_group(const uint32_t *sums, const channel *ch, group *g, int32_t linear) {
#if TD_DSP
  if (g->whole) {
    const int32_t steps[2] = {g->right[0], g->below[0]};
    void (*const finish_whole)(const uint32_t *, int8_t **, const channel *, const int32_t *) =
        linear ? finish_linear : finish_relu;
    finish_whole(sums, g->output, ch, steps);
    finish_whole(sums + 1, g->output, ch + 1, steps);
    return;
  }
#endif
  for (int32_t c = 0; c < 2; c++) {
    for (int32_t t = 0; t < g->count; t++) {
      finish(sums + 2 * t + c, &ch[c], linear, g->right[t], g->below[t], g->output[t]++);
    }
  }
}

void td_winograd_s8(const td_winograd_s8_params *p, const int8_t *input, const int32_t *filter,
                    int8_t *output, void *scratch) {
  const int32_t channels = p->input_channels;
  const int32_t span = channels / 2 * POSITIONS * TILES * 4;
  uint32_t *transformed_tiles = (uint32_t *)scratch;
  uint32_t *sums = transformed_tiles + span / 4;
  int8_t *patch = (int8_t *)(sums + SUM_WORDS);
  const uint32_t offset = td_pair(-p->input_zero, -p->input_zero);
  int32_t y = 0;
  int32_t x = 0;
  while (y < p->output_height) {
    group g;
    g.whole = 1;
    for (g.count = 0; g.count < TILES && y < p->output_height; g.count++) {
      const int32_t y0 = y - p->pad_top;
      const int32_t x0 = x - p->pad_left;
      uint32_t *out = transformed_tiles + g.count;
      if (y0 >= 0 && x0 >= 0 && y0 + 4 <= p->input_height && x0 + 4 <= p->input_width) {
        transform(input + (y0 * p->input_width + x0) * channels, channels,
                  p->input_width * channels, channels, offset, out);
      } else {
        copy_patch(p, input, y0, x0, patch);
        transform(patch, channels, 4 * channels, channels, offset, out);
      }
      g.output[g.count] = output + (y * p->output_width + x) * p->output_channels;
      g.right[g.count] = x + 1 < p->output_width ? p->output_channels : 0;
      g.below[g.count] = y + 1 < p->output_height ? p->output_width * p->output_channels : 0;
      g.whole = g.whole && g.right[g.count] > 0 && g.below[g.count] > 0;
      x += 2;
      if (x >= p->output_width) {
        x = 0;
        y += 2;
      }
    }
    g.whole = g.whole && g.count == TILES;
    const uint32_t *weights = (const uint32_t *)filter;
    for (int32_t c = 0; c < p->output_channels; c += 2) {
      multiply(transformed_tiles, weights, sums, span);
      weights += POSITIONS * channels;
      finish_group(sums, (const channel *)weights, &g, p->linear);
      weights += 8;
    }
  }
}
