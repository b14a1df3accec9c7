#include "td_floor_div_f32.h"

#define TD_PARAMS td_floor_div_f32_params

/* Doubles from here on are whole. */
#define WHOLE 4503599627370496.0

static inline float value_of(const TD_PARAMS *p, float a, float b) {
  (void)p;
  const double quotient = (double)a / (double)b;
  if (!(quotient > -WHOLE && quotient < WHOLE)) {
    return (float)quotient;
  }
  const int64_t nearer_zero = (int64_t)quotient;
  return (float)(double)(nearer_zero - ((double)nearer_zero > quotient ? 1 : 0));
}

#include "td_broadcast_body.h"

void td_floor_div_f32(const td_floor_div_f32_params *p, const float *input1, const float *input2,
                      float *output) {
  broadcast(p, input1, input2, output);
}
