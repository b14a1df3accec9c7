#pragma once

#include <stdint.h>

typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef uint32_t TickType_t;
#define portNUM_PROCESSORS 2
#define pdMS_TO_TICKS(ms) ((TickType_t)((ms) / 10u))
