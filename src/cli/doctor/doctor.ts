export const runDoctor: any = 0;
